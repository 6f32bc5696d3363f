import mlflow.pyfunc
import pandas as pd
import torch


class DemandForecast(mlflow.pyfunc.PythonModel):
    """Wraps an LSTM so that it can be served by `mlflow models serve`."""

    def load_context(self, context):
        self.lstm = torch.nn.LSTM(input_size=4, hidden_size=64, num_layers=2, batch_first=True)
        self.head = torch.nn.Linear(64, 1)
        state = torch.load(context.artifacts["weights"], weights_only=True)
        self.lstm.load_state_dict(state["lstm"])
        self.head.load_state_dict(state["head"])
        self.lstm.eval()
        self.head.eval()

    def predict(self, context, model_input: pd.DataFrame, params=None):
        horizon = int((params or {}).get("horizon", 1))
        window = torch.tensor(model_input[["units", "price", "promo", "weekday"]].to_numpy()).float()[None]
        forecast = []
        for _ in range(horizon):
            states, _ = self.lstm(window)  # expect: no-grad/unguarded-call
            units = self.head(states[:, -1])  # expect: no-grad/unguarded-call
            forecast.append(units.item())
            step = torch.cat([units.detach(), window[:, -1, 1:]], dim=1)
            window = torch.cat([window[:, 1:], step.unsqueeze(1)], dim=1)
        return pd.Series(forecast, name="units")


def log(weights: str) -> str:
    with mlflow.start_run():
        info = mlflow.pyfunc.log_model("demand", python_model=DemandForecast(), artifacts={"weights": weights})
    return info.model_uri
