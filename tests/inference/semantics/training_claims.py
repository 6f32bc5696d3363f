"""What training does to a model that serves at the same time."""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor

import torch
from shapes import MODEL, WIDTH, Activations, X, builds_graph, forward, has_graph, in_another_thread, network
from torch import nn


def _bytes(tensors: list[torch.Tensor]) -> int:
    return sum(each.untyped_storage().nbytes() for each in tensors)


def gradients_take_as_much_as_the_weights() -> None:
    """training-in-serving/backward: `backward()` leaves a gradient of its size at every weight, which stays."""
    model = network()
    weights = list(model.parameters())
    assert all(each.grad is None for each in weights)
    model(X).sum().backward()
    assert _bytes([each.grad for each in weights]) == _bytes(weights)


def gradients_add_up() -> None:
    """training-in-serving/backward: and the next request's gradients are added to them."""
    model = network()
    model(X).sum().backward()
    once = model[2].bias.grad.clone()
    model(X).sum().backward()
    assert torch.equal(model[2].bias.grad, 2 * once)


def a_graph_after_backward() -> None:
    """training-in-serving/backward: `backward()` frees the activations, and with `retain_graph=True` it does not."""
    for retain, freed in ((False, True), (True, False)):
        activations, model = Activations(), copy.deepcopy(MODEL)
        with activations.watched():
            loss = model(X).sum()
        before = activations.held()
        loss.backward(retain_graph=retain)
        assert (activations.held() < before) is freed


def backward_under_a_guard() -> None:
    """training-in-serving/backward: under a guard it raises RuntimeError, for there is no graph."""
    for guard in (torch.no_grad, torch.inference_mode):
        with guard():
            loss = forward().sum()
        try:
            loss.backward()
        except RuntimeError:
            continue
        raise AssertionError


def gradients_on_request() -> None:
    """training-in-serving/backward: `autograd.grad` gives gradients and leaves none at the weights."""
    model, x = network(), X.clone().requires_grad_()
    (slope,) = torch.autograd.grad(model(x).sum(), x)
    assert slope.shape == x.shape
    assert all(each.grad is None for each in model.parameters())


def a_step_changes_what_is_served() -> None:
    """training-in-serving/optimizer: `step()` changes the weights in place, for every thread that serves them."""
    model = network()
    with ThreadPoolExecutor(1) as pool:
        before = pool.submit(model, X).result().detach()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        model(X).sum().backward()
        optimizer.step()
        assert not torch.allclose(before, pool.submit(model, X).result())


def the_state_of_an_optimizer() -> None:
    """training-in-serving/optimizer: Adam keeps two more tensors of each weight's size."""
    model = network()
    optimizer = torch.optim.Adam(model.parameters())
    assert not optimizer.state
    model(X).sum().backward()
    optimizer.step()
    state = [each for row in optimizer.state.values() for name, each in row.items() if name != "step"]
    assert _bytes(state) == 2 * _bytes(list(model.parameters()))


def an_optimizer_and_frozen_weights() -> None:
    """training-in-serving/optimizer: `step()` under a guard still moves weights that have a gradient."""
    model = network()
    model(X).sum().backward()
    before = model[2].bias.detach().clone()
    with torch.no_grad():
        torch.optim.SGD(model.parameters(), lr=0.1).step()
    assert not torch.equal(before, model[2].bias)


def zeroed_gradients() -> None:
    """training-in-serving/optimizer: `zero_grad()` frees the gradients; `set_to_none=False` keeps them as zeros."""
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model(X).sum().backward()
    optimizer.zero_grad(set_to_none=False)
    assert all(each.grad is not None for each in model.parameters())
    optimizer.zero_grad()
    assert all(each.grad is None for each in model.parameters())


def dropout_in_training_mode() -> None:
    """training-in-serving/train-mode: `train()` brings dropout back, and one request gives another price twice."""
    model = nn.Sequential(nn.Linear(WIDTH, 512), nn.Dropout(0.5)).eval()
    with torch.no_grad():
        assert torch.equal(model(X), model(X))
        model.train()
        assert not torch.equal(model(X), model(X))
        model.train(mode=False)
        assert torch.equal(model(X), model(X))


def running_statistics_in_training_mode() -> None:
    """training-in-serving/train-mode: a forward call changes BatchNorm's statistics, under a guard as well."""
    model = nn.BatchNorm1d(WIDTH)
    with torch.inference_mode():
        model.eval()(X)
        assert torch.equal(model.running_mean, torch.zeros(WIDTH))
        model.train()(X)
    assert not torch.equal(model.running_mean, torch.zeros(WIDTH))


def training_mode_reaches_all_layers_and_threads() -> None:
    """training-in-serving/train-mode: `train()` is a state of the model, of all of its layers, seen by every thread."""
    model = nn.Sequential(network(), nn.Dropout()).eval()
    in_another_thread(model.train)
    assert all(each.training for each in model.modules())


def training_mode_and_gradients() -> None:
    """training-in-serving/train-mode: neither `train()` nor `eval()` has to do with gradients."""
    model = network()
    with torch.no_grad():
        assert not has_graph(model.train()(X))
    assert has_graph(model.eval()(X))
    assert builds_graph()
