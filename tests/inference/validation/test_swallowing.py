"""Exception handlers around parsing or predicting: what makes an answer of an exception, and what refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.inference.validation.facts import Mending
from tests.inference.validation.reading import validation

SERVICE = """
import contextlib
import logging

import joblib
from fastapi import FastAPI, HTTPException, Request, WebSocketDisconnect
from fastapi.responses import JSONResponse

log = logging.getLogger(__name__)
app = FastAPI()
model = joblib.load("model.joblib")
FALLBACK = -0.01


class Unsound(Exception):
    pass


def fallback(body):
    return 1.2 * body["cost"]


@app.post("/price")
async def price(request: Request):
    body = await request.json()
    amount = 0.0
    for attempt in range(1):
        try:
            amount = float(model.predict([body])[0])
        {handler}
    return amount
"""


def outcomes(folder: Path, handler: str) -> list[str]:
    seen = validation(folder, {"app.py": SERVICE.replace("{handler}", handler.replace("\n", "\n        "))})
    assert not seen.flaws
    return [each.outcome for each in seen.repairs if each.kind is Mending.SWALLOWED]


@pytest.mark.parametrize(
    ("handler", "outcome"),
    [
        ("except Exception:\n    pass", "passes"),
        ("except:\n    log.exception('no price')", "passes"),
        ("except ValueError:\n    continue", "goes on with the next"),
        ("except ValueError:\n    amount = FALLBACK", "makes amount FALLBACK"),
        ("except (ValueError, KeyError) as e:\n    log.error(e)\n    amount = -1", "makes amount -1"),
        ("except Exception:\n    amount = float('nan')", "makes amount float('nan')"),
        ("except Exception:\n    return -0.01", "returns -0.01"),
        ("except Exception:\n    return {'price': 0, 'ok': True}", "returns {'price': 0, 'ok': True}"),
        ("except Exception:\n    return", "returns nothing"),
        ("except Exception:\n    return JSONResponse({'price': 0.0})", "returns JSONResponse({'price': 0.0})"),
        ("except Exception as e:\n    return JSONResponse({'error': str(e)}, status_code=200)", "answers 200"),
        ("except Exception:\n    if attempt:\n        return 0.0", "returns 0.0"),
    ],
)
def test_an_answer_that_is_made_of_an_exception_is_told(handler: str, outcome: str, tmp_path: Path) -> None:
    assert outcomes(tmp_path, handler) == [outcome]


@pytest.mark.parametrize(
    "handler",
    [
        "except Exception:\n    raise",
        "except ValueError as e:\n    raise HTTPException(422, str(e)) from e",
        "except ValueError as e:\n    return JSONResponse({'error': str(e)}, status_code=422)",
        "except ValueError:\n    return {'error': 'no price'}",
        "except ValueError:\n    return 503",
        "except Unsound:\n    return fallback(body)",
        "except WebSocketDisconnect:\n    pass",
        "except TimeoutError:\n    continue",
        "finally:\n    log.info('asked')",
    ],
)
def test_what_refuses_or_falls_back_by_a_function_is_silent(handler: str, tmp_path: Path) -> None:
    assert outcomes(tmp_path, handler) == []


def test_handlers_around_something_else_are_silent(tmp_path: Path) -> None:
    text = SERVICE.replace(
        "amount = float(model.predict([body])[0])\n        {handler}",
        "log.info('x')\n        except Exception:\n            pass",
    ).replace("return amount", "return model.predict([body])")
    assert validation(tmp_path, {"app.py": text}).repairs == ()


def test_suppress_is_a_handler_that_passes(tmp_path: Path) -> None:
    text = SERVICE.replace("try:", "with contextlib.suppress(ValueError):").replace("        {handler}\n", "")
    (only,) = validation(tmp_path, {"app.py": text}).repairs
    assert (only.kind, only.outcome) == (Mending.SWALLOWED, "passes")
