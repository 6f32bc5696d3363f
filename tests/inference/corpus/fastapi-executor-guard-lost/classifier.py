import torch
import torchvision
from PIL import Image
from torchvision import transforms

PREPARE = transforms.Compose(
    [
        transforms.Resize(256),
        transforms.CenterCrop(224),
        transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ]
)


class Classifier:
    def __init__(self, device: str = "cuda") -> None:
        self.device = torch.device(device)
        self.net = torchvision.models.resnet50(weights="IMAGENET1K_V2").to(self.device).eval()

    def top(self, image: Image.Image, k: int = 5) -> list[dict[str, float]]:
        batch = PREPARE(image.convert("RGB")).unsqueeze(0).to(self.device)
        logits = self.net(batch)  # expect: no-grad/guard-lost-in-thread
        scores, ids = logits.softmax(dim=1)[0].topk(k)
        return [{"id": i, "score": s} for i, s in zip(ids.tolist(), scores.tolist())]
