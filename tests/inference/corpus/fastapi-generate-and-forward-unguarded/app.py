"""The generation is fine. The safety score beside it calls the module itself."""

import torch
from fastapi import Depends, FastAPI
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

app = FastAPI()
CHAT, SAFETY = "HuggingFaceTB/SmolLM2-360M-Instruct", "unitary/toxic-bert"


class Chat:
    def __init__(self) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(CHAT)
        self.lm = AutoModelForCausalLM.from_pretrained(CHAT, device_map="auto")
        self.safety_tokenizer = AutoTokenizer.from_pretrained(SAFETY)
        self.safety = AutoModelForSequenceClassification.from_pretrained(SAFETY)

    def reply(self, messages: list[dict[str, str]]) -> str:
        ids = self.tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_tensors="pt")
        out = self.lm.generate(ids.to(self.lm.device), max_new_tokens=200, do_sample=True, top_p=0.9)
        return self.tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True)

    def toxicity(self, text: str) -> float:
        encoded = self.safety_tokenizer(text, return_tensors="pt", truncation=True)
        return (
            self.safety(**encoded)  # expect: no-grad/unguarded-call
            .logits.sigmoid()
            .max()
            .item()
        )


chat = Chat()


def get_chat() -> Chat:
    return chat


@app.post("/chat")
def answer(messages: list[dict[str, str]], chat: Chat = Depends(get_chat)) -> dict[str, str]:
    text = chat.reply(messages)
    if chat.toxicity(text) > 0.8:
        text = "I would rather not say."
    return {"reply": text}
