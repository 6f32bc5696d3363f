"""Three caches: one by tensor, one on a method that returns tensors, and one by text that returns numbers."""

from functools import cache, lru_cache

import torch
from fastapi import FastAPI
from transformers import AutoModel, AutoTokenizer

app = FastAPI()
tokenizer = AutoTokenizer.from_pretrained("intfloat/e5-small-v2")
encoder = AutoModel.from_pretrained("intfloat/e5-small-v2").eval()


@lru_cache(maxsize=None)  # expect: retained-tensor/cached
def norm(vector: torch.Tensor) -> float:
    return vector.norm().item()


@lru_cache(maxsize=10_000)
def dimension(text: str) -> int:
    return len(tokenizer(text)["input_ids"])


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    return ("en", "de", "fr")


class Embedder:
    @cache  # expect: retained-tensor/cached
    def embed(self, text: str) -> torch.Tensor:
        with torch.inference_mode():
            return encoder(**tokenizer(text, return_tensors="pt")).last_hidden_state.mean(1)

    @lru_cache(maxsize=4096)
    def numbers(self, text: str) -> tuple[float, ...]:
        with torch.inference_mode():
            hidden = encoder(**tokenizer(text, return_tensors="pt")).last_hidden_state
        return tuple(hidden.mean(1)[0].tolist())


embedder = Embedder()


@app.get("/embed")
def embed(text: str) -> dict[str, object]:
    vector = embedder.embed(text)
    return {"vector": vector[0].tolist(), "norm": norm(vector), "tokens": dimension(text)}


@app.get("/numbers")
def numbers(text: str, language: str = "en") -> list[float]:
    return list(embedder.numbers(text)) if language in languages() else []
