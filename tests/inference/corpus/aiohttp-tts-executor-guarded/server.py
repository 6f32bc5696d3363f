"""The work goes to an executor; what runs there guards itself."""

import asyncio
import functools
import io
from concurrent.futures import ThreadPoolExecutor

import soundfile
import torch
from aiohttp import web

from voice import Voice

routes = web.RouteTableDef()
pool = ThreadPoolExecutor(2)


@routes.post("/say")
async def say(request: web.Request) -> web.Response:
    body = await request.json()
    speak = functools.partial(request.app["voice"].say, body["text"], speed=body.get("speed", 1.0))
    wave = await asyncio.get_running_loop().run_in_executor(pool, speak)
    buffer = io.BytesIO()
    soundfile.write(buffer, wave, Voice.RATE, format="WAV")
    return web.Response(body=buffer.getvalue(), content_type="audio/wav")


@routes.get("/voices")
async def voices(request: web.Request) -> web.Response:
    return web.json_response({"voices": request.app["voice"].names()})


def application() -> web.Application:
    app = web.Application()
    app["voice"] = Voice("tacotron.ts", "vocoder.ts")
    app.add_routes(routes)
    return app


if __name__ == "__main__":
    web.run_app(application())
