import numpy as np
import torch
from ray import serve
from starlette.requests import Request
from torchvision.models import MobileNet_V3_Large_Weights, mobilenet_v3_large


@serve.deployment(num_replicas=2, ray_actor_options={"num_gpus": 0.5})
class Tagger:
    def __init__(self, threshold: float = 0.4) -> None:
        weights = MobileNet_V3_Large_Weights.IMAGENET1K_V2
        self.prepare = weights.transforms()
        self.categories = weights.meta["categories"]
        self.net = mobilenet_v3_large(weights=weights).cuda()
        self.net.eval()
        self.threshold = threshold

    @serve.batch(max_batch_size=16, batch_wait_timeout_s=0.02)
    async def tag(self, images: list[np.ndarray]) -> list[list[str]]:
        batch = torch.stack([self.prepare(torch.from_numpy(each).permute(2, 0, 1)) for each in images]).cuda()
        scores = torch.softmax(self.net(batch), dim=1)  # expect: no-grad/unguarded-call
        return [self._names(row) for row in scores]

    def _names(self, row: torch.Tensor) -> list[str]:
        kept = (row > self.threshold).nonzero().flatten().tolist()
        return [self.categories[index] for index in kept]

    async def __call__(self, request: Request) -> list[str]:
        body = await request.body()
        side = int((len(body) // 3) ** 0.5)
        return await self.tag(np.frombuffer(body, dtype=np.uint8).reshape(side, side, 3))


app = Tagger.bind(threshold=0.35)
