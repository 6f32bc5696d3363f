"""pipeline() and generate() guard themselves, on whichever thread they run; so does a pipeline held by a class."""

import asyncio

from quart import Quart, request
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer, pipeline

app = Quart(__name__)


class Desk:
    def __init__(self) -> None:
        self.zero_shot = pipeline("zero-shot-classification", model="facebook/bart-large-mnli")
        self.tokenizer = AutoTokenizer.from_pretrained("google/flan-t5-base")
        self.model = AutoModelForSeq2SeqLM.from_pretrained("google/flan-t5-base").eval()

    def route(self, ticket: str, teams: list[str]) -> str:
        return self.zero_shot(ticket, candidate_labels=teams)["labels"][0]

    def summary(self, ticket: str) -> str:
        ids = self.tokenizer(f"summarize: {ticket}", return_tensors="pt", truncation=True).input_ids
        beams = self.model.generate(ids, num_beams=4, max_new_tokens=60)
        return self.tokenizer.batch_decode(beams, skip_special_tokens=True)[0]


desk = Desk()


@app.post("/tickets")
async def tickets():
    body = await request.get_json()
    team = await asyncio.to_thread(desk.route, body["text"], body["teams"])
    summary = await asyncio.to_thread(desk.summary, body["text"])
    return {"team": team, "summary": summary}
