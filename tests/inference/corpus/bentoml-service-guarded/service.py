from __future__ import annotations

import typing as t

import bentoml
import numpy as np
import torch
from PIL.Image import Image
from transformers import CLIPModel, CLIPProcessor

ID = "openai/clip-vit-base-patch32"


@bentoml.service(resources={"gpu": 1, "memory": "4Gi"}, traffic={"timeout": 20})
class ClipService:
    def __init__(self) -> None:
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model = CLIPModel.from_pretrained(ID).to(self.device)
        self.processor = CLIPProcessor.from_pretrained(ID)

    @bentoml.api(batchable=True)
    def encode_image(self, items: t.List[Image]) -> np.ndarray:
        inputs = self.processor(images=items, return_tensors="pt", padding=True).to(self.device)
        with torch.no_grad():
            embeddings = self.model.get_image_features(**inputs)
        return embeddings.cpu().numpy()

    @bentoml.api(batchable=True)
    @torch.inference_mode()
    def encode_text(self, items: t.List[str]) -> np.ndarray:
        inputs = self.processor(text=items, return_tensors="pt", padding=True).to(self.device)
        return self.model.get_text_features(**inputs).cpu().numpy()

    @bentoml.api
    def rank(self, image: Image, texts: t.List[str]) -> t.List[float]:
        inputs = self.processor(text=texts, images=[image], return_tensors="pt", padding=True).to(self.device)
        with torch.inference_mode(), torch.autocast(self.device):
            outputs = self.model(**inputs)
        return outputs.logits_per_image.softmax(dim=-1)[0].tolist()
