from fastapi import FastAPI

from engine import Engine

app = FastAPI()
engine = Engine()


@app.post("/price")
def price(payload: dict):  # expect: input-validation/raw-input
    return engine.handle(payload)
