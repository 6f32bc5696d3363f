import lightning.pytorch as pl
import runpod
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset


class Adapter(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.down, self.up = nn.Linear(768, 16), nn.Linear(16, 768)

    def forward(self, x):
        return x + self.up(self.down(x).relu())

    def training_step(self, batch, index):
        x, y = batch
        return nn.functional.mse_loss(self(x), y)

    def configure_optimizers(self):
        return optim.Adam(self.parameters())


adapter = Adapter()


def adapt(given):
    data = TensorDataset(torch.tensor(given["x"]), torch.tensor(given["y"]))
    trainer = pl.Trainer(max_epochs=2, logger=False, enable_checkpointing=False)
    trainer.fit(adapter, DataLoader(data, batch_size=4))  # expect: training-in-serving/trainer
    return {"epochs": trainer.current_epoch}


@torch.no_grad()
def apply(given):
    return {"y": adapter(torch.tensor(given["x"])).tolist()}


def handler(job):
    given = job["input"]
    return adapt(given) if given.get("adapt") else apply(given)


runpod.serverless.start({"handler": handler})
