from __future__ import annotations

import mlflow
import numpy as np
import torch

from .modes import get_inference_context


class Embedder(mlflow.pyfunc.PythonModel):
    batch = 64

    def load_context(self, context: mlflow.pyfunc.PythonModelContext) -> None:
        self.encoder = torch.jit.load(context.artifacts["encoder"])
        self.words: dict[str, int] = {}
        with open(context.artifacts["words"], encoding="utf-8") as lines:
            for line in lines:
                self.words[line.rstrip("\n")] = len(self.words)

    def _ids(self, text: str) -> torch.Tensor:
        return torch.tensor([self.words.get(word, 0) for word in text.split()][:128])

    def predict(self, context, model_input, params=None) -> np.ndarray:
        texts = model_input["text"].tolist()
        vectors = []
        inference_context = get_inference_context()
        for start in range(0, len(texts), self.batch):
            ids = [self._ids(text) for text in texts[start : start + self.batch]]
            padded = torch.nn.utils.rnn.pad_sequence(ids, batch_first=True)
            with inference_context():
                vectors.append(self.encoder(padded))
        return torch.cat(vectors).numpy()


mlflow.models.set_model(Embedder())
