"""A custom handler of the kind that an inference endpoint loads: EndpointHandler(path) and __call__(data)."""

from typing import Any

import base64
import io

import torch
from PIL import Image
from transformers import BlipForQuestionAnswering, BlipProcessor, ViTForImageClassification, ViTImageProcessor

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class EndpointHandler:
    def __init__(self, path: str = ""):
        self.processor = BlipProcessor.from_pretrained(path)
        self.vqa = BlipForQuestionAnswering.from_pretrained(path).to(device)
        self.vit_processor = ViTImageProcessor.from_pretrained("google/vit-base-patch16-224")
        self.vit = ViTForImageClassification.from_pretrained("google/vit-base-patch16-224").to(device)
        self.vqa.eval()

    def __call__(self, data: dict[str, Any]) -> list[dict[str, Any]]:
        inputs = data.pop("inputs", data)
        image = Image.open(io.BytesIO(base64.b64decode(inputs["image"]))).convert("RGB")
        if question := inputs.get("question"):
            return self.answer(image, question)
        return self.classify(image)

    def answer(self, image, question):
        encoded = self.processor(image, question, return_tensors="pt").to(device)
        ids = self.vqa.generate(**encoded)
        return [{"answer": self.processor.decode(ids[0], skip_special_tokens=True)}]

    def classify(self, image):
        encoded = self.vit_processor(images=image, return_tensors="pt").to(device)
        logits = self.vit(**encoded).logits  # expect: no-grad/unguarded-call
        index = logits.argmax(-1).item()
        return [{"label": self.vit.config.id2label[index], "score": logits.softmax(-1).max().item()}]
