import asyncio
from contextlib import asynccontextmanager

from engine import Engine
from fastapi import FastAPI, Request

TOP = 20


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.engine = Engine("weights/ranker.pt")
    yield
    del app.state.engine


app = FastAPI(lifespan=lifespan)


@app.get("/rank/{user}")
async def rank(user: int, items: str, request: Request) -> dict[str, object]:
    wanted = [int(each) for each in items.split(",")]
    # The pool's thread has its own grad mode; Engine.rank sets it there.
    ranked = await asyncio.to_thread(request.app.state.engine.rank, user, wanted)
    return {"user": user, "items": [{"id": item, "score": round(score, 4)} for item, score in ranked[:TOP]]}
