"""A call builds a graph if a weight or an input requires gradients, be the model compiled, exported or neither."""

# ruff: noqa: FBT003 - `requires_grad_(False)` is how torch and those who use it write it

from __future__ import annotations

import copy
import io
from collections.abc import Callable

import torch
from shapes import MODEL, WIDTH, X, has_graph, in_another_thread, network
from torch import nn


class Guarded(nn.Module):
    """A module with a guard in its `forward`."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = network()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            return self.inner(x)


def _saved_and_loaded(save: Callable[[io.BytesIO], None], load: Callable[[io.BytesIO], nn.Module]) -> nn.Module:
    file = io.BytesIO()
    save(file)
    file.seek(0)
    return load(file)


def evaluation_mode() -> None:
    """no-grad/unguarded-call: `eval()` is no guard."""
    assert has_graph(network().eval()(X))


def frozen_weights() -> None:
    """no-grad/unguarded-call: a model whose weights are frozen builds none, frozen at once or one by one."""
    assert not has_graph(network().requires_grad_(False)(X))
    model = network()
    for weight in model.parameters():
        weight.requires_grad = False
    assert not has_graph(model(X))
    model = network()
    for _, weight in model.named_parameters():
        weight.requires_grad_(False)
    assert not has_graph(model(X))


def some_weights_frozen() -> None:
    """no-grad/unguarded-call: one weight that requires gradients is enough for a graph."""
    model = network().requires_grad_(False)
    model[2].bias.requires_grad_(True)
    assert has_graph(model(X))


def frozen_weights_and_an_input() -> None:
    """no-grad/unguarded-call: with frozen weights an input that requires gradients is enough."""
    assert has_graph(network().requires_grad_(False)(X.clone().requires_grad_(True)))


def frozen_weights_in_another_thread() -> None:
    """no-grad/guard-lost-in-thread: frozen weights guard in every thread."""
    model = network().requires_grad_(False)
    assert not in_another_thread(lambda: has_graph(model(X)))


def what_keeps_weights_frozen() -> None:
    """no-grad/unguarded-call: copies, conversions, pickles and scripts of a frozen model stay frozen."""
    model = network().requires_grad_(False)
    pickled = _saved_and_loaded(lambda file: torch.save(model, file), lambda file: torch.load(file, weights_only=False))
    for each in (copy.deepcopy(model), copy.deepcopy(model).double().float(), torch.jit.script(model), pickled):
        assert not has_graph(each(X))


def weights_that_are_loaded() -> None:
    """no-grad/unguarded-call: `load_state_dict` changes no weight's mind, whether what it loads was frozen or not."""
    frozen, free = network().requires_grad_(False), network()
    for assign in (False, True):
        frozen.load_state_dict(network().state_dict(), assign=assign)
        free.load_state_dict(network().requires_grad_(False).state_dict(), assign=assign)
        assert not has_graph(frozen(X))
        assert has_graph(free(X))


def a_layer_that_comes_after_freezing() -> None:
    """no-grad/unguarded-call: a layer that is added behind the freezing is not frozen."""
    model = network().requires_grad_(False)
    model.append(nn.Linear(WIDTH, 1))
    assert has_graph(model(X))


def layers_created_under_no_grad() -> None:
    """no-grad/unguarded-call: the weights of layers that are created in a guard require gradients all the same."""
    with torch.no_grad():
        model = network()
    assert has_graph(model(X))


def scripted_and_traced() -> None:
    """no-grad/unguarded-call: what jit.script and jit.trace give builds graphs, made in a guard or loaded as well."""
    with torch.no_grad():
        models = [torch.jit.script(MODEL), torch.jit.trace(MODEL, X)]
    loaded = _saved_and_loaded(lambda file: torch.jit.save(models[0], file), torch.jit.load)
    for model in (*models, loaded):
        assert has_graph(model(X))


def frozen_by_jit() -> None:
    """no-grad/unguarded-call: `jit.freeze` and `jit.optimize_for_inference` make constants of the weights."""
    script = torch.jit.script(MODEL)
    frozen = torch.jit.freeze(script)
    loaded = _saved_and_loaded(lambda file: torch.jit.save(frozen, file), torch.jit.load)
    for model in (frozen, loaded, torch.jit.optimize_for_inference(script)):
        assert not has_graph(model(X))
        assert list(model.parameters()) == []


def a_guard_that_tracing_loses() -> None:
    """no-grad/unguarded-call: jit.script keeps a guard within `forward`, jit.trace loses it."""
    guarded = Guarded()
    assert not has_graph(guarded(X))
    assert not has_graph(torch.jit.script(guarded)(X))
    assert has_graph(torch.jit.trace(guarded, X)(X))


def exported() -> None:
    """no-grad/unguarded-call: the module of an exported program builds graphs, unless its `forward` had a guard."""
    with torch.no_grad():
        made_in_a_guard = torch.export.export(MODEL, (X,)).module()
    assert has_graph(made_in_a_guard(X))
    assert has_graph(torch.export.export(MODEL, (X,)).module()(X))
    assert not has_graph(torch.export.export(Guarded(), (X,)).module()(X))


def compiled() -> None:
    """no-grad/unguarded-call: a compiled model goes by the mode of each call, not by that of its first."""
    model = torch.compile(network(), backend="eager")
    with torch.no_grad():
        assert not has_graph(model(X))
    assert has_graph(model(X))
    assert not has_graph(torch.compile(Guarded(), backend="eager")(X))


def functional_calls() -> None:
    """no-grad/unguarded-call: `functional_call` goes by the tensors it is given; `state_dict()` gives detached ones."""
    assert has_graph(torch.func.functional_call(MODEL, dict(MODEL.named_parameters()), (X,)))
    assert not has_graph(torch.func.functional_call(MODEL, MODEL.state_dict(), (X,)))


def quantized() -> None:
    """no-grad/unguarded-call: a model whose layers were all quantized has no weights that require gradients."""
    quantized_model = torch.ao.quantization.quantize_dynamic(network(), {nn.Linear})
    assert not has_graph(quantized_model(X))


def a_module_without_weights() -> None:
    """no-grad/unguarded-call: a module without weights adds no graph of its own."""
    assert not has_graph(nn.Softmax(dim=-1)(X))
    assert not has_graph(nn.MSELoss()(X, X))
