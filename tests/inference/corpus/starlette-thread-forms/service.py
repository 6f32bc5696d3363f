"""Each form of handing work to a thread, from inside of a guard, to a bare callable; and one that is not bare."""

import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial

import torch
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from scorer import Scorer

pool = ThreadPoolExecutor(max_workers=3)
scorer = Scorer()


def by_map(request):
    rows = [torch.rand(6) for _ in range(4)]
    with torch.no_grad():  # spare: another thread does the work
        return JSONResponse(list(pool.map(scorer.left, rows)))


def by_partial(request):
    row = torch.rand(6)
    with torch.no_grad():  # spare: another thread does the work
        waiting = [pool.submit(partial(scorer.right, row, bias=bias)) for bias in (0.0, 0.5)]
        return JSONResponse([each.result() for each in as_completed(waiting)])


def by_thread(request):
    answers = []
    row = torch.rand(6)

    def work():
        answers.append(scorer.net(row).tolist())  # expect: no-grad/guard-lost-in-thread

    with torch.inference_mode():  # spare: another thread does the work
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    return JSONResponse(answers)


def by_guarded_callable(request):
    row = torch.rand(6)
    answers = pool.map(torch.no_grad()(lambda scale: scorer.net(row * scale).tolist()), (1.0, 2.0))
    return JSONResponse(list(answers))


app = Starlette(
    routes=[
        Route("/map", by_map),
        Route("/partial", by_partial),
        Route("/thread", endpoint=by_thread),
        Route("/guarded", by_guarded_callable, methods=["GET"]),
    ]
)
