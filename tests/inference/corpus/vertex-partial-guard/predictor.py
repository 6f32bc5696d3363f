"""The block ends one line too early for the second network."""

import torch
from google.cloud.aiplatform.prediction.predictor import Predictor


class TwoStage(Predictor):
    def load(self, artifacts_uri: str) -> None:
        self.stage_one = torch.jit.load(f"{artifacts_uri}/one.ts").eval()
        self.stage_two = torch.jit.load(f"{artifacts_uri}/two.ts").eval()

    def predict(self, instances: dict) -> dict:
        x = torch.tensor(instances["instances"])
        with torch.inference_mode():
            kept = self.stage_one(x).squeeze(-1) > 0.5
        scores = torch.zeros(len(x))
        scores[kept] = self.stage_two(x[kept].clone()).squeeze(-1).detach()  # expect: no-grad/partial-guard
        return {"predictions": scores.tolist()}

    def postprocess(self, prediction_results: dict) -> dict:
        return prediction_results
