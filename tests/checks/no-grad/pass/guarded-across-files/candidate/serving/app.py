from fastapi import FastAPI

from .engine import Engine

app = FastAPI()
engine = Engine("model.pt")


@app.post("/price")
def price(features: list[float]) -> float:
    return engine.run(features)
