"""Only what goes in and comes out is our own: `inference` stays BaseHandler's, which is guarded."""

import io

import torch
from PIL import Image
from torchvision import transforms
from ts.torch_handler.vision_handler import VisionHandler


class DefectClassifier(VisionHandler):
    image_processing = transforms.Compose([transforms.Resize((320, 320)), transforms.ToTensor()])
    labels = ("good", "scratch", "dent", "stain")

    def preprocess(self, data):
        images = []
        for row in data:
            body = row.get("data") or row.get("body")
            image = Image.open(io.BytesIO(body)).convert("RGB")
            images.append(self.image_processing(image))
        return torch.stack(images).to(self.device)

    def postprocess(self, data):
        scores = torch.softmax(data, dim=1)
        best, at = scores.max(dim=1)
        return [
            {"label": self.labels[index], "score": round(score, 4)}
            for index, score in zip(at.tolist(), best.tolist(), strict=True)
        ]
