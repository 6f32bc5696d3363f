import asyncio

import httpx
import torch
from fastapi import FastAPI
from transformers import AutoModelForSequenceClassification, AutoTokenizer

app = FastAPI()
NAME = "distilbert-base-uncased-finetuned-sst-2-english"
tokenizer = AutoTokenizer.from_pretrained(NAME)
model = AutoModelForSequenceClassification.from_pretrained(NAME)
gate = asyncio.Semaphore(2)


async def fetch(url: str) -> str:
    async with httpx.AsyncClient() as client:
        answer = await client.get(url, timeout=5)
    return answer.text[:2000]


@app.get("/sentiment/page")
async def sentiment_of_page(url: str) -> dict[str, float]:
    with torch.no_grad():
        text = await fetch(url)  # expect: no-grad/await-in-guard
        encoded = tokenizer(text, return_tensors="pt", truncation=True)
        scores = model(**encoded).logits.softmax(-1)[0]
    return {"negative": scores[0].item(), "positive": scores[1].item()}


@app.get("/sentiment/limited")
async def sentiment_limited(text: str) -> dict[str, float]:
    with torch.inference_mode():
        async with gate:  # expect: no-grad/await-in-guard
            scores = model(**tokenizer(text, return_tensors="pt")).logits.softmax(-1)[0]
    return {"positive": scores[1].item()}


@app.get("/sentiment")
async def sentiment(url: str) -> dict[str, float]:
    text = await fetch(url)
    async with gate:
        with torch.inference_mode():
            scores = model(**tokenizer(text, return_tensors="pt", truncation=True)).logits.softmax(-1)[0]
    return {"positive": scores[1].item()}
