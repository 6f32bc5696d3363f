"""A task class that loads the model once a process; `predict` is inherited by every task."""

import torch
from celery import Task


class PredictTask(Task):
    abstract = True
    weights = None
    _model = None

    @property
    def model(self):
        if self._model is None:
            self._model = torch.jit.load(self.weights, map_location="cpu").eval()
        return self._model

    @torch.inference_mode()
    def predict(self, rows):
        return self.model(torch.tensor(rows))
