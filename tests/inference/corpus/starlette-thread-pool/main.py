"""Two routes hand work to starlette's pool: one callable guards itself, the other trusts its caller's guard."""

import torch
import torchaudio
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

bundle = torchaudio.pipelines.WAV2VEC2_ASR_BASE_960H
acoustic = bundle.get_model().eval()
labels = bundle.get_labels()


def greedy(emission: torch.Tensor) -> str:
    best = torch.unique_consecutive(emission.argmax(-1))
    return "".join(labels[i] for i in best.tolist() if i != 0).replace("|", " ").strip()


@torch.inference_mode()
def transcribe(samples: torch.Tensor) -> str:
    emission, _ = acoustic(samples)
    return greedy(emission[0])


def transcribe_bare(samples: torch.Tensor) -> str:
    emission, _ = acoustic(samples)  # expect: no-grad/guard-lost-in-thread
    return greedy(emission[0])


async def samples_of(request: Request) -> torch.Tensor:
    body = await request.body()
    return torch.frombuffer(bytearray(body), dtype=torch.float32).unsqueeze(0)


async def speech(request: Request) -> JSONResponse:
    text = await run_in_threadpool(transcribe, await samples_of(request))
    return JSONResponse({"text": text})


async def speech_beta(request: Request) -> JSONResponse:
    samples = await samples_of(request)
    with torch.no_grad():  # spare: another thread does the work
        text = await run_in_threadpool(transcribe_bare, samples)  # expect: no-grad/await-in-guard
    return JSONResponse({"text": text})


app = Starlette(routes=[Mount("/v1", routes=[Route("/speech", speech, methods=["POST"])]), Route("/beta", speech_beta)])
