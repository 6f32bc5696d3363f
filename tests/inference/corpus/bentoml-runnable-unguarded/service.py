"""The older way: a Runnable of one's own. BentoML's PyTorch runner guards; a hand-written one does not."""

import bentoml
import torch
from bentoml.io import JSON, NumpyNdarray


class Anomaly(torch.nn.Module):
    def __init__(self, inputs: int, code: int = 8) -> None:
        super().__init__()
        self.down = torch.nn.Sequential(torch.nn.Linear(inputs, 64), torch.nn.ELU(), torch.nn.Linear(64, code))
        self.up = torch.nn.Sequential(torch.nn.Linear(code, 64), torch.nn.ELU(), torch.nn.Linear(64, inputs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.up(self.down(x))


class AnomalyRunnable(bentoml.Runnable):
    SUPPORTED_RESOURCES = ("cpu",)
    SUPPORTS_CPU_MULTI_THREADING = True

    def __init__(self) -> None:
        self.net = Anomaly(52)
        self.net.load_state_dict(torch.load("anomaly.pt", weights_only=True))
        self.net.eval()

    @bentoml.Runnable.method(batchable=True, batch_dim=0)
    def distance(self, rows):
        x = torch.from_numpy(rows).float()
        return (self.net(x) - x).pow(2).mean(1).detach().numpy()  # expect: no-grad/unguarded-call


runner = bentoml.Runner(AnomalyRunnable, name="anomaly")
svc = bentoml.Service("anomaly-detector", runners=[runner])


@svc.api(input=NumpyNdarray(dtype="float32", shape=(-1, 52)), output=JSON())
def detect(rows):
    distances = runner.distance.run(rows)
    return {"anomalous": [bool(each > 0.7) for each in distances]}
