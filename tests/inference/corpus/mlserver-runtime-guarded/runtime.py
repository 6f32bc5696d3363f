"""MLServer's predict is a coroutine. What needs a guard is a plain method, where a decorator works."""

import torch
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse


class Recurrent(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = torch.nn.GRU(3, 24, num_layers=2, batch_first=True)
        self.head = torch.nn.Linear(24, 3)

    def forward(self, window: torch.Tensor) -> torch.Tensor:
        states, _ = self.body(window)
        return self.head(states[:, -1])


class SensorRuntime(MLModel):
    async def load(self) -> bool:
        self._net = Recurrent()
        self._net.load_state_dict(torch.load(self.settings.parameters.uri, weights_only=True))
        self._net.eval()
        return True

    @torch.inference_mode()
    def _forecast(self, window: torch.Tensor) -> torch.Tensor:
        return self._net(window)

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        window = torch.from_numpy(self.decode(payload.inputs[0], default_codec=NumpyCodec)).float()
        forecast = self._forecast(window).numpy()
        return InferenceResponse(
            model_name=self.name, outputs=[NumpyCodec.encode_output(name="forecast", payload=forecast)]
        )
