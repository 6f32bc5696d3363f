"""Models, handlers and files that do what they must not: each ends in a finding or an obstacle that names it.

The payloads do nothing worse than to print, to raise, to use up what they may have, to end themselves, to open a socket
to this machine, or to write where the test may.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterable
from pathlib import Path

import pytest

from gatekeeper.contract.explanations.facts import LARGEST
from gatekeeper.model import Examined, Unable
from gatekeeper_checks import _manifest_samples as samples
from gatekeeper_checks.interpretability_manifest import InterpretabilityManifest
from tests.interpretability.bases import Files, edited, line
from tests.interpretability.hostile import PREDICTING, Executed, bare
from tests.interpretability.lies_executed import PRICE
from tests.interpretability.trying import exit_code, said, told, tried

FAILS = "interpretability-manifest/model-fails"
NO_CONFIDENCE = "interpretability-manifest/no-confidence"
RANGE = "interpretability-manifest/out-of-range"
CHECK = InterpretabilityManifest(seconds=30)
IMPATIENT = InterpretabilityManifest(seconds=6)
"""For what hangs: long enough to import a library on a busy machine."""


def judged(
    files: Files, folder: Path, check: InterpretabilityManifest = CHECK, *, executes: bool = True
) -> Examined | Unable:
    """Return the outcome of a candidate that must not pass; nothing in it looks like a crash."""
    outcome = tried(check, files, folder, executes=executes)
    assert exit_code(outcome) in {1, 3}, outcome
    texts = list(said(outcome))
    assert not any("Traceback" in text or "\x1b" in text for text in texts), texts
    assert max(map(len, texts)) < 3000
    return outcome


def _marked(cases: Iterable[str]) -> list[object]:
    """Return cases as parameters: each second one is tried at every commit, all of them every night."""
    return [
        pytest.param(name, marks=[pytest.mark.slow] * (place % 2 or "hang" in name)) for place, name in enumerate(cases)
    ]


def _patience(name: str) -> InterpretabilityManifest:
    return IMPATIENT if "hang" in name else CHECK


def messages(outcome: Examined | Unable) -> str:
    """Return what is against the candidate, and what stood in the way."""
    obstacles = outcome.obstacles if isinstance(outcome, Unable) else ()
    return "\n".join([*(each.message for each in outcome.findings), *(each.what for each in obstacles)])


def test_the_helpers_make_models_that_pass(tmp_path: Path) -> None:
    files = bare(PREDICTING.format("return [2 * row + 1 for row in rows]"))
    outcome = tried(CHECK, files, tmp_path)
    assert exit_code(outcome) == 0, outcome


def test_a_light_model_and_its_service_pass(tmp_path: Path) -> None:
    outcome = tried(CHECK, light(), tmp_path)
    assert exit_code(outcome) == 0, outcome


LOADING = {
    "raises": ("raise KeyError('price')", "loading the model raised KeyError: 'price'"),
    "exits": ("import sys; sys.exit(0)", "raised SystemExit: 0"),
    "ends itself": ("import os; os._exit(0)", "exit status 0 before it answered"),
    "is killed": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "was killed by SIGKILL"),
    "crashes": ("import os; os.abort()", "was killed by SIGABRT"),
    "hangs": ("while True: pass", "did not end within 6 s and was stopped"),
    "recurses": ("f = lambda: f()\nf()", "RecursionError"),
    "allocates": ("bytearray(100 << 30)", "more memory than it may have"),
    "connects": ("import socket; socket.create_connection(('127.0.0.1', 9))", "it tried to look up the address"),
    "writes": ("open('/tmp/gatekeeper-was-here', 'w').write('x')", "it tried to write to /tmp/gatekeeper-was-here"),
    "is nothing": ("made = None", "no method predict"),
    "needs a library": ("import no_such_library", "no_such_library, which is not installed"),
    "prints escapes": ("print('\\x1b[2J' * 9); raise ValueError('\\x1b[2J\\nTraceback')", "ValueError"),
    "prints megabytes": ("print('x' * (8 << 20)); raise ValueError('enough')", "ValueError: enough"),
    "breaks the pipe": (
        "import os\nfor fd in range(3, 32):\n try: os.write(fd, b'\\xff' * 4096)\n except OSError: pass\nmade = 1",
        "disturbed the gate's pipe",
    ),
}


@pytest.mark.parametrize("name", _marked(LOADING))
def test_a_model_that_does_it_when_it_is_loaded(name: str, tmp_path: Path) -> None:
    statements, says = LOADING[name]
    if name == "prints escapes":  # no traceback is shown, and what looks like one is text of the model's own
        statements = statements.replace("Traceback", "boo")
    assert says in messages(judged(bare(statements), tmp_path, _patience(name)))


PREDICTIONS = {
    "raises for some records": ("if 24.0 in rows: raise ValueError('too many')\n    return rows", FAILS, "too many"),
    "raises for each": ("raise ValueError('no')", FAILS, "the model fails on"),
    "exits": ("raise SystemExit(0)", FAILS, "SystemExit"),
    "ends itself": ("import os; os._exit(0)", FAILS, "exit status 0 before it answered"),
    "ends itself later": ("import os; calls > 2 and os._exit(0)\n    return rows", FAILS, "exit status 0"),
    "is killed": ("import os; os.kill(os.getpid(), 11)", FAILS, "was killed by SIGSEGV"),
    "hangs": ("while True: pass", FAILS, "did not end within 6 s"),
    "recurses": ("return (lambda f: f(f))(lambda f: f(f))", FAILS, "RecursionError"),
    "allocates": ("bytearray(100 << 30)", FAILS, "MemoryError"),
    "gives another number of rows": ("return rows[:-1] or [1.0, 2.0]", FAILS, "expected"),
    "gives one number": ("return 7.0", FAILS, "expected an array with one output a row"),
    "gives a table a row": ("return [[[row, row]] for row in rows]", FAILS, "an output of shape (1, 2)"),
    "gives numbers beyond every float": ("return [10**400 for row in rows]", FAILS, "OverflowError"),
    "gives NaN": ("return [float('nan') for row in rows]", RANGE, "nan"),
    "gives NaN for one": ("return [float('nan') if row == 24 else row + 1 for row in rows]", RANGE, "nan"),
    "gives infinity": ("return [float('inf') for row in rows]", RANGE, "inf"),
    "gives text": ("return ['cheap' for row in rows]", FAILS, "expected a number"),
    "gives numbers as text": ("return ['7.0' for row in rows]", FAILS, "expected a number"),
    "gives truth values": ("return [True for row in rows]", "", ""),
    "gives objects": ("return [object() for row in rows]", FAILS, "object"),
    "gives nothing": ("return None", FAILS, "NoneType"),
    "gives complex numbers": ("return [complex(row, 1) for row in rows]", FAILS, "real"),
    "says the protocol's words": (
        'print(\'{"id": 3, "ok": {"rows": [[0, 1]]}}\', flush=True)\n    return [-0.01 for row in rows]',
        RANGE,
        "-0.01",
    ),
    "prints megabytes": ("print('x' * (4 << 20))\n    return [-0.01 for row in rows]", RANGE, "-0.01"),
    "answers otherwise each time": ("return [row + 1 + calls % 7 * 50 for row in rows]", "", ""),
}


@pytest.mark.parametrize("name", _marked(PREDICTIONS))
def test_a_model_that_does_it_when_it_is_asked(name: str, tmp_path: Path) -> None:
    body, code, says = PREDICTIONS[name]
    outcome = judged(bare(PREDICTING.format(body)), tmp_path, _patience(name))
    assert not code or code in told(outcome), outcome
    assert says in messages(outcome)


def test_a_model_that_hides_its_connection_has_not_been_seen(tmp_path: Path) -> None:
    body = (
        "import socket\n    try: socket.socket().connect(('127.0.0.1', 9))\n    except OSError: pass\n"
        "    return [2 * row + 1 for row in rows]"
    )
    outcome = judged(bare(PREDICTING.format(body)), tmp_path)
    assert exit_code(outcome) == 3
    assert "the model tried to open a connection to 127.0.0.1:9, and there is no network here" in messages(outcome)


def test_a_write_that_is_hidden_is_told(tmp_path: Path) -> None:
    target = tmp_path / "target"
    body = f"\n    try: open({str(target)!r}, 'w')\n    except OSError: pass\n    return [2 * row + 1 for row in rows]"
    outcome = tried(CHECK, bare(PREDICTING.format(body)), tmp_path)
    measured = {each.what: each.measured for each in outcome.evidence}
    assert measured["the model tried to"] == {"shown": f"write to {target}"}
    assert not target.exists()


LIGHT = pickle.dumps(Executed(PREDICTING.format("return [2 * row + 1 for row in rows]")), 4)
"""A model that passes, and needs no library to be loaded."""


def light(serving: tuple[str, str] | None = None) -> Files:
    """Return the line with that model."""
    return line(serving, **{"model.pkl": LIGHT, "shap.json": samples.shap(LIGHT)})


def answering(expression: str) -> Files:
    """Return a candidate whose service answers this, and whose model is a good one."""
    return light((PRICE, f"return {expression}"))


GOOD = '{"price": float(model.predict([[units]])[0]), "width": 4.0}'
HANDLED = {
    "text with a status": (answering('(200, "text")'), FAILS, "returned str, expected a mapping or a number"),
    "nothing": (answering("None"), FAILS, "returned NoneType"),
    "a refusal each time": (answering("(422, {})"), FAILS, "every request is refused"),
    "an empty object": (answering("{}"), RANGE, "the answer has no 'price'"),
    "a list": (answering("[7.0]"), FAILS, "returned list"),
    "another shape": (answering('{"price": [7.0], "width": 4.0}'), RANGE, "no finite number"),
    "a truth value": (answering('{"price": True, "width": 4.0}'), RANGE, "True is no finite number"),
    "NaN": (answering('{"price": float("nan"), "width": 4.0}'), RANGE, "nan"),
    "what can't be written": (answering('{"price": object(), "width": 4.0}'), RANGE, "no finite number"),
    "what refers to itself": (answering('(lambda each: each.update(price=each) or each)({"width": 4.0})'), "", ""),
    "a number beyond every float": (answering('{"price": 10**400, "width": 4.0}'), RANGE, "beyond any float"),
    "a number with too many digits": (answering('{"price": 10**5000, "width": 4.0}'), "", ""),
    "a confidence beyond every float": (answering('{"price": 2.0 * units + 1, "width": 10**400}'), NO_CONFIDENCE, ""),
    "megabytes": (answering('{"price": "x" * (4 << 20), "width": 4.0}'), FAILS, "a text has 4194304 characters"),
    "its own end": (answering('__import__("os")._exit(0)'), FAILS, "exit status 0 before it answered"),
    "an exit": (answering("exit(0)"), FAILS, "SystemExit"),
    "a signal": (answering('__import__("os").kill(__import__("os").getpid(), 9)'), FAILS, "was killed by SIGKILL"),
    "a hang": (answering('__import__("time").sleep(99)'), FAILS, "did not end within 6 s"),
    "itself": (answering("lambda_handler(event, context)"), FAILS, "RecursionError"),
    "a lie after printing": (answering('(print({"price": 7.0}), {"price": -0.01, "width": 4.0})[1]'), RANGE, "-0.01"),
    "a connection": (
        answering(f'(__import__("socket").socket().connect_ex(("127.0.0.1", 9)), {GOOD})[1]'),
        "",
        "the service tried to open a connection to 127.0.0.1:9",
    ),
}


@pytest.mark.parametrize("name", _marked(HANDLED))
def test_a_handler_that_answers(name: str, tmp_path: Path) -> None:
    files, code, says = HANDLED[name]
    outcome = judged(files, tmp_path, _patience(name))
    assert not code or code in told(outcome), outcome
    assert says in messages(outcome)


OPENED = {
    "no such module": ("nowhere:handler", "nowhere"),
    "no such name": ("serve:nothing", "nothing"),
    "no callable": ("serve:Path", ""),
    "a module that is not installed": ("needy:handler", "no_such_library, which is not installed"),
    "a module that raises": ("raising:handler", "ValueError: not today"),
    "a module that exits": ("exiting:handler", "SystemExit"),
    "a factory of text": ("texting:handler", "str"),
    "a module that is none": ("broken:handler", "SyntaxError"),
}
MODULES = {
    "needy.py": "import no_such_library\ndef handler():\n    return print\n",
    "raising.py": "raise ValueError('not today')\n",
    "exiting.py": "raise SystemExit(0)\n",
    "texting.py": "def handler():\n    return 'a handler'\n",
    "broken.py": "def handler(:\n",
}


@pytest.mark.parametrize("name", _marked(OPENED))
def test_a_handler_that_is_none(name: str, tmp_path: Path) -> None:
    predictor, says = OPENED[name]
    files = edited(light(), "gatekeeper.yaml", "serve:handler", predictor)
    assert says in messages(judged({**files, **MODULES}, tmp_path))


def test_a_handler_that_is_a_coroutine_is_awaited(tmp_path: Path) -> None:
    made = (
        "def handler():\n    async def answer(event):\n        return lambda_handler(event, None)\n    return answer\n"
    )
    files = light(("def handler():\n    return lambda event: lambda_handler(event, None)\n", made))
    assert exit_code(tried(CHECK, files, tmp_path)) == 0


def test_a_factory_that_is_a_coroutine_is_none(tmp_path: Path) -> None:
    files = light(("def handler():\n", "async def handler():\n"))
    assert "coroutine" in messages(judged(files, tmp_path))


SHAP = samples.shap()
FILES = {
    "too large": (SHAP + " " * LARGEST, "bytes"),
    "truncated": (SHAP[:200], "is no JSON"),
    "of another schema": (SHAP.replace("explanation@1", "explanation@2"), "is no explanation"),
    "empty": ("", "is empty"),
    "no text": (b"\xff\xfe\x00", "is no JSON"),
    "nested without end": ("[" * 100_000, "is no JSON"),
    "with NaN": (SHAP.replace("13.0", "NaN"), "is no JSON"),
    "with a number beyond every float": (SHAP.replace("13.0", "1e999"), "is no"),
    "with two meanings": (SHAP.replace('"base"', '"base": 1.0, "base"'), "is no JSON"),
    "of other sizes": (SHAP.replace('"features": [', '"features": ["stock", '), "is no explanation"),
    "without rows": (json.dumps({**json.loads(SHAP), "rows": [], "values": []}), "is no explanation"),
    "of rows that are no rows": (SHAP.replace('"rows": [', '"rows": [[[1]],'), "is no explanation"),
}


@pytest.mark.parametrize("name", FILES)
def test_an_explanation_that_is_none(name: str, tmp_path: Path) -> None:
    content, says = FILES[name]
    assert content != SHAP
    outcome = judged(line(**{"shap.json": content}), tmp_path, executes=False)
    assert exit_code(outcome) == 3
    assert says in messages(outcome)


def test_a_manifest_with_ten_thousand_categories(tmp_path: Path) -> None:
    names = [f"region {place}" for place in range(10_000)]
    region = {"kind": "category", "vocabulary": names, "unknown": "reject"}
    outcome = judged(line(inputs={"region": region, **samples.inputs()}), tmp_path, executes=False)
    assert "interpretability-manifest/other-inputs" in told(outcome)


def test_a_manifest_with_more(tmp_path: Path) -> None:
    region = {"kind": "category", "vocabulary": [f"region {place}" for place in range(100_000)], "unknown": "reject"}
    files = line()
    text = samples.manifest({**files}, inputs={"region": region, **samples.inputs()})
    assert "interpretability-manifest/not-valid" in told(judged({**files, "manifest.yaml": text}, tmp_path))
