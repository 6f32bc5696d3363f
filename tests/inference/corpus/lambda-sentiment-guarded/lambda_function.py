import json
import os
import tarfile

import torch
from transformers import DistilBertConfig, DistilBertForSequenceClassification, DistilBertTokenizerFast

CACHE = "/tmp/model"


class Sentiment:
    """Built on the first call; the container keeps it for the next ones."""

    instance = None

    def __init__(self) -> None:
        if not os.path.isdir(CACHE):
            with tarfile.open("/opt/model.tar.gz") as archive:
                archive.extractall(CACHE, filter="data")
        config = DistilBertConfig.from_pretrained(CACHE)
        self.model = DistilBertForSequenceClassification.from_pretrained(CACHE, config=config)
        self.tokenizer = DistilBertTokenizerFast.from_pretrained(CACHE)
        self.model.eval()

    @classmethod
    def get(cls) -> "Sentiment":
        if cls.instance is None:
            cls.instance = cls()
        return cls.instance

    @torch.no_grad()
    def __call__(self, text: str) -> dict[str, float]:
        encoded = self.tokenizer(text, truncation=True, return_tensors="pt")
        positive = self.model(**encoded).logits.softmax(-1)[0, 1].item()
        return {"positive": positive, "negative": 1 - positive}


def lambda_handler(event, context):
    text = json.loads(event["body"])["text"]
    return {"statusCode": 200, "body": json.dumps(Sentiment.get()(text))}
