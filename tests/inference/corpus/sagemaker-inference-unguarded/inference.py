import json
import logging
import os

import torch
from transformers import AutoModel, AutoTokenizer

logger = logging.getLogger(__name__)
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def model_fn(model_dir):
    tokenizer = AutoTokenizer.from_pretrained(model_dir)
    model = AutoModel.from_pretrained(model_dir).to(DEVICE)
    model.eval()
    with torch.no_grad():  # spare: no request comes here
        model(**tokenizer("warm up", return_tensors="pt").to(DEVICE))
    return model, tokenizer


def input_fn(body, content_type="application/json"):
    if content_type != "application/json":
        raise ValueError(f"got {content_type}, expected application/json")
    return json.loads(body)["inputs"]


def mean_pooled(hidden, mask):
    weights = mask.unsqueeze(-1).float()
    return (hidden * weights).sum(1) / weights.sum(1).clamp(min=1e-9)


def predict_fn(texts, model_and_tokenizer):
    model, tokenizer = model_and_tokenizer
    encoded = tokenizer(texts, padding=True, truncation=True, return_tensors="pt").to(DEVICE)
    hidden = model(**encoded).last_hidden_state  # expect: no-grad/unguarded-call
    return torch.nn.functional.normalize(mean_pooled(hidden, encoded["attention_mask"]), dim=1)


def output_fn(vectors, accept="application/json"):
    logger.info("%d vectors of %d", *vectors.shape)
    return json.dumps(vectors.detach().cpu().tolist()), accept
