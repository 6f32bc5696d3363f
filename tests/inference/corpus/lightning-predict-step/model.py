import lightning as L
import torch
from torch import nn
from torch.nn import functional as F


class Credit(L.LightningModule):
    def __init__(self, inputs: int = 40, lr: float = 1e-3) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(nn.Linear(inputs, 128), nn.Mish(), nn.Linear(128, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.net(x)

    def training_step(self, batch, index):
        x, y = batch
        loss = F.cross_entropy(self(x), y)
        self.log("loss", loss)
        return loss

    def predict_step(self, batch, index=0):
        return self(batch).softmax(dim=-1)

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=self.hparams.lr)
