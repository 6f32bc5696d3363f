from fastapi import FastAPI

from somewhere import answer

app = FastAPI()


@app.post("/price")
def price(body: dict):
    return answer(body)
