"""Guards that do not guard, and loads of anything: what the place alone tells. Each case has a silent twin."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from gatekeeper.inference.facts import Kind, Observation
from gatekeeper.inference.indexing import index
from gatekeeper.inference.misuse import misuses
from gatekeeper.inference.modules import Module, Project
from gatekeeper.inference.sources import Source


def observations(text: str, *, torch: str | None = "2.7.0", **others: str) -> list[Observation]:
    """Return what is told of a file `serving`; `others` are the other files of its folder, by name."""
    texts = {"serving": dedent(text), **{name: dedent(other) for name, other in others.items()}}
    modules = {
        name: index(Module(name=f"app.{name}", path=f"app/{name}.py", tree=ast.parse(each)))
        for name, each in texts.items()
    }
    source = Source(path="app/serving.py", module="app.serving", is_package=False, text=texts["serving"], sha256="")
    return list(misuses(modules["serving"], Project(list(modules.values())), source, torch))


def told(text: str, *, torch: str | None = "2.7.0", **others: str) -> list[tuple[Kind, str, str]]:
    """Return kind, function and subject of each observation."""
    return [(each.kind, each.function, each.subject) for each in observations(text, torch=torch, **others)]


@pytest.mark.parametrize(
    ("imported", "guard"),
    [
        ("import torch", "torch.no_grad()"),
        ("import torch", "torch.inference_mode()"),
        ("import torch", "torch.inference_mode(mode=True)"),
        ("import torch", "torch.set_grad_enabled(False)"),
        ("import torch", "torch.enable_grad()"),
        ("import torch", "torch.no_grad"),
        ("import torch as th", "th.no_grad()"),
        ("import torch", "torch.autograd.grad_mode.no_grad()"),
        ("from torch import no_grad", "no_grad()"),
        ("from torch.autograd.grad_mode import inference_mode as quiet", "quiet()"),
        ("import torch\nquiet = torch.no_grad if old else torch.inference_mode", "quiet()"),
        ("import torch\nquiet = getattr(torch, 'inference_mode', torch.no_grad)", "quiet()"),
        ("import torch\nquiet = torch.no_grad()", "quiet"),
    ],
)
def test_a_guard_on_a_coroutine_function_is_told_under_each_of_its_names(imported: str, guard: str) -> None:
    text = f"{imported}\n@{guard}\n{{}}def predict(x):\n    return model(x)\n"

    assert told(text.format("async ")) == [(Kind.GUARD_ON_ASYNC, "predict", guard)]
    assert told(text.format("")) == []


def test_a_guard_on_an_async_generator_is_told_as_one() -> None:
    text = """
        import torch
        class Streamer:
            @torch.no_grad()
            async def tokens(self, x):
                yield self.model(x)
            @torch.no_grad()
            def words(self, x):
                yield self.model(x)
    """
    (seen,) = observations(text)

    assert (seen.kind, seen.function, seen.told("what")) == (
        Kind.GUARD_ON_ASYNC,
        "Streamer.tokens",
        "async generator",
    )
    assert (seen.at.line, seen.at.column) == (4, 6)


def test_a_guard_around_what_runs_the_coroutine_works() -> None:
    text = """
        import torch
        from asgiref.sync import async_to_sync
        @torch.no_grad()
        @async_to_sync
        async def predict(x): ...
    """
    assert told(text) == []


def test_a_guard_on_a_class_is_told_and_one_on_its_method_is_not() -> None:
    text = """
        import torch
        @torch.inference_mode()
        class Engine:
            @torch.inference_mode()
            def run(self, x): ...
    """
    assert told(text) == [(Kind.GUARD_ON_CLASS, "<module>", "torch.inference_mode()")]


@pytest.mark.parametrize(
    "statement",
    ["torch.no_grad()", "torch.inference_mode()", "torch.enable_grad()", "torch.no_grad", "guard = torch.no_grad()"],
)
def test_a_guard_that_is_never_entered_is_told(statement: str) -> None:
    text = f"import torch\ndef predict(x):\n    {statement}\n    return model(x)\n"

    assert told(text) == [(Kind.GUARD_NOT_ENTERED, "predict", statement.removeprefix("guard = "))]


@pytest.mark.parametrize(
    "body",
    [
        "torch.set_grad_enabled(False)",
        "torch.no_grad().__enter__()",
        "stack.enter_context(torch.no_grad())",
        "guard = torch.no_grad()\n    with guard: pass",
        "guard = torch.no_grad()\n    return Session(guard)",
        "global guard\n    guard = torch.no_grad()",
        "guard = torch.set_grad_enabled(False)",
        "guard = torch.no_grad()(model)",
        "with torch.no_grad(): pass",
        "self.guard = torch.no_grad()",
    ],
)
def test_a_guard_that_is_entered_or_handed_on_is_silent(body: str) -> None:
    assert told(f"import torch\ndef predict(self, x, stack, model):\n    {body}\n") == []


def test_a_guard_that_another_file_imports_is_used() -> None:
    text = "import torch\nquiet = torch.no_grad()\n"

    assert told(text) == [(Kind.GUARD_NOT_ENTERED, "<module>", "torch.no_grad()")]
    assert told(text, main="from app.serving import quiet") == []
    assert told(text, main="from app import serving") == []


@pytest.mark.parametrize("guard", ["torch.no_grad", "torch.inference_mode", "torch.set_grad_enabled", "quiet"])
def test_a_with_block_of_a_guard_that_is_not_called_is_told(guard: str) -> None:
    text = f"import torch\nquiet = torch.no_grad\ndef predict(x):\n    with {guard}{{}}:\n        return model(x)\n"

    assert told(text.format("")) == [(Kind.GUARD_NOT_CALLED, "predict", guard)]
    assert told(text.format("(False)" if "set" in guard else "()")) == []


def test_a_context_class_in_a_variable_is_called() -> None:
    text = """
        import torch
        from contextlib import nullcontext
        def predict(x, fast, off):
            ctx = torch.inference_mode if fast else torch.no_grad
            with ctx():
                y = model(x)
            with torch.no_grad() if off else nullcontext():
                return model(y)
    """
    assert told(text) == []


@pytest.mark.parametrize(
    ("guard", "torch", "fires"),
    [
        ("no_grad", "2.0.1", True),
        ("inference_mode", "1.13.1+cu117", True),
        ("enable_grad", "2.0.1", True),
        ("no_grad", "2.1.0", False),
        ("inference_mode", "2.13.0", False),
        ("no_grad", None, False),
        ("set_grad_enabled", "2.13.0", True),
        ("set_grad_enabled", None, True),
    ],
)
def test_a_decorator_without_parentheses_is_judged_by_the_version_of_torch(
    guard: str, torch: str | None, fires: bool
) -> None:
    text = f"import torch\n@torch.{guard}\ndef predict(x):\n    return model(x)\n"

    expected = [(Kind.GUARD_NOT_CALLED, "predict", f"torch.{guard}")] if fires else []
    assert told(text, torch=torch) == expected


@pytest.mark.parametrize(
    ("body", "what", "subject"),
    [
        ("y = await self.queue.get()", "await", "await self.queue.get()"),
        ("async for y in stream: pass", "async for", "async for y in stream"),
        ("async with lock: pass", "async with", "async with lock"),
        ("y = [each async for each in stream]", "async comprehension", "[each async for each in stream]"),
        ("if x:\n            await a()\n        await b()", "await", "await a()"),
    ],
)
def test_what_suspends_a_coroutine_in_a_guard_is_told_once_a_block(body: str, what: str, subject: str) -> None:
    text = f"import torch\nasync def predict(self, x):\n    with torch.no_grad():\n        {body}\n"
    (seen,) = observations(text)

    assert (seen.kind, seen.told("what"), seen.subject) == (Kind.AWAIT_IN_GUARD, what, subject)
    assert (seen.told("guard"), seen.told("line")) == ("torch.no_grad()", "3")


@pytest.mark.parametrize(
    "body",
    [
        "x = await prepare()\n    with torch.no_grad():\n        y = model(x)\n    await send(y)",
        "with torch.no_grad():\n        async def later(): await send()",
        "with torch.no_grad():\n        return (each async for each in stream)",
        "with lock:\n        await send()",
    ],
)
def test_an_await_outside_of_the_guard_is_silent(body: str) -> None:
    assert told(f"import torch\nasync def predict(x):\n    {body}\n") == []


def test_guards_in_guards_tell_an_await_once() -> None:
    text = """
        import torch
        async def predict(x):
            with torch.no_grad():
                with torch.inference_mode():
                    await send(x)
    """
    assert told(text) == [(Kind.AWAIT_IN_GUARD, "predict", "await send(x)")]


@pytest.mark.parametrize("statement", ["yield model(x)", "yield from stream(x)"])
def test_a_yield_in_a_guard_is_told(statement: str) -> None:
    text = f"import torch\ndef stream(x):\n    with torch.inference_mode():\n        {statement}\n"

    assert told(text) == [(Kind.YIELD_IN_GUARD, "stream", statement)]
    assert told(text.replace("def", "async def").replace("yield from stream", "yield stream")) != []


@pytest.mark.parametrize(
    "decorator",
    [
        "contextlib.contextmanager",
        "asynccontextmanager",
        "pytest.fixture",
        "fixture(scope='module')",
        "torch.no_grad()",
        "torch.no_grad",
    ],
)
def test_a_yield_in_a_guard_is_meant_in_a_context_and_restored_by_a_decorator(decorator: str) -> None:
    text = f"import torch\n@{decorator}\ndef quiet():\n    with torch.no_grad():\n        yield\n"

    assert told(text) == []


def test_a_lifespan_is_a_context() -> None:
    text = """
        import torch
        async def lifespan(app):
            with torch.no_grad():
                yield
        app = FastAPI(lifespan=lifespan)
    """
    assert told(text) == []


def test_guards_are_followed_through_the_files_of_the_tree() -> None:
    compat = "import torch\nfrom torch import no_grad\nquiet = torch.inference_mode\n"
    text = "from app.compat import {0}\n@{0}()\nasync def predict(x): ...\n"

    assert told(text.format("no_grad"), compat=compat) == [(Kind.GUARD_ON_ASYNC, "predict", "no_grad()")]
    assert told(text.format("quiet"), compat=compat) == [(Kind.GUARD_ON_ASYNC, "predict", "quiet()")]
    assert told("from app import compat\ncompat.no_grad()\n", compat=compat) == [
        (Kind.GUARD_NOT_ENTERED, "<module>", "compat.no_grad()")
    ]


def test_a_module_of_the_tree_that_is_called_torch_is_not_mistaken_for_it() -> None:
    text = "import torch\n@torch.no_grad()\nasync def predict(x): ...\n"

    assert told(text, torch="2.7.0") == [(Kind.GUARD_ON_ASYNC, "predict", "torch.no_grad()")]
    modules = [
        index(Module(name=name, path=f"{name}.py", tree=ast.parse(code)))
        for name, code in (("app.serving", text), ("app.utils.torch", "def no_grad(): ..."))
    ]
    source = Source(path="app/serving.py", module="app.serving", is_package=False, text=text, sha256="")
    assert [each.kind for each in misuses(modules[0], Project(modules), source, None)] == [Kind.GUARD_ON_ASYNC]


def test_guards_of_other_libraries_are_none_of_ours() -> None:
    text = "import paddle\nimport torch\n@paddle.no_grad()\nasync def predict(x):\n    paddle.no_grad()\n    load(x)\n"

    assert told(text) == []


def test_a_parameter_hides_a_name_of_the_module() -> None:
    text = """
        import torch
        quiet = torch.no_grad
        def predict(quiet):
            with quiet:
                return model(x)
        use(quiet)
    """
    assert told(text) == []


WITHOUT, ANYTHING = Kind.LOAD_WITHOUT_WEIGHTS_ONLY, Kind.LOAD_OF_ANYTHING


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        ("torch.load(p)", WITHOUT),
        ("torch.load(p, map_location='cpu')", WITHOUT),
        ("torch.load(p, weights_only=None)", WITHOUT),
        ("torch.load(p, **{'map_location': 'cpu'})", WITHOUT),
        ("torch.serialization.load(p)", WITHOUT),
        ("functools.partial(torch.load, map_location='cpu')", WITHOUT),
        ("load_weights(p)", WITHOUT),
        ("alias(p)", WITHOUT),
        ("torch.load(p, weights_only=False)", ANYTHING),
        ("torch.load(p, weights_only=SAFE_NOT)", ANYTHING),
        ("torch.load(p, **{'weights_only': False})", ANYTHING),
        ("functools.partial(torch.load, weights_only=False)", ANYTHING),
        ("torch.load(p, weights_only=True)", None),
        ("torch.load(p, weights_only=SAFE)", None),
        ("torch.load(p, weights_only=options.safe)", None),
        ("torch.load(p, **options)", None),
        ("torch.jit.load(p)", None),
        ("numpy.load(p)", None),
    ],
)
def test_what_a_load_may_read(call: str, kind: Kind | None) -> None:
    text = (
        "import functools\nimport numpy\nimport torch\nfrom torch import load as load_weights\n"
        f"SAFE = True\nSAFE_NOT = False\nalias = torch.load\ndef read(p, options):\n    return {call}\n"
    )
    assert told(text, torch="2.5.1") == ([(kind, "read", call)] if kind else [])


@pytest.mark.parametrize(
    ("torch", "arguments", "kind"),
    [
        ("2.5.1", "p", WITHOUT),
        ("2.6.0", "p", None),
        ("2.13.0+cpu", "p", None),
        ("2.13.0", "p, pickle_module=dill", WITHOUT),
        ("2.13.0", "p, pickle_module=None", None),
        ("2.13.0", "p, weights_only=False", ANYTHING),
        (None, "p", WITHOUT),
    ],
)
def test_a_load_without_the_argument_is_judged_by_the_version_of_torch(
    torch: str | None, arguments: str, kind: Kind | None
) -> None:
    text = f"import dill\nimport torch\nweights = torch.load({arguments})\n"

    assert told(text, torch=torch) == ([(kind, "<module>", f"torch.load({arguments})")] if kind else [])
