# manifest: none
from typing import Annotated

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field
from transformers import pipeline

app = FastAPI()
classifier = pipeline("sentiment-analysis")


class Text(BaseModel, strict=True, extra="forbid"):
    text: Annotated[str, Field(max_length=2000)]


@app.post("/classify")
def classify(request: Text):
    return classifier(request.text)


@app.post("/login")
async def login(credentials: dict):
    return {"token": credentials.get("user", "guest")}
