"""A router in front of two models. Each model's own method is guarded; the router never touches a module."""

import torch
from fastapi import FastAPI
from ray import serve
from ray.serve.handle import DeploymentHandle

from heads import Intent, Slots

web = FastAPI()


@serve.deployment
class IntentDeployment:
    def __init__(self) -> None:
        self.head = Intent.restore("intent.pt")

    def classify(self, vector: list[float]) -> int:
        with torch.inference_mode():
            return self.head(torch.tensor(vector)).argmax().item()


@serve.deployment
class SlotDeployment:
    def __init__(self) -> None:
        self.head = Slots.restore("slots.pt")

    @torch.no_grad()
    def __call__(self, vectors: list[list[float]]) -> list[int]:
        return self.head(torch.tensor(vectors)).argmax(-1).tolist()


@serve.deployment
@serve.ingress(web)
class Assistant:
    def __init__(self, intent: DeploymentHandle, slots: DeploymentHandle) -> None:
        self.intent = intent
        self.slots = slots

    @web.post("/understand")
    async def understand(self, vectors: list[list[float]]) -> dict[str, object]:
        intent = self.intent.classify.remote(vectors[0])
        slots = self.slots.remote(vectors)
        return {"intent": await intent, "slots": await slots}


app = Assistant.bind(IntentDeployment.bind(), SlotDeployment.bind())
