import torch
from ts.torch_handler.base_handler import BaseHandler


class PricingHandler(BaseHandler):
    def handle(self, data, context):  # expect: input-validation/raw-input
        rows = [row.get("body") or row.get("data") for row in data]
        with torch.inference_mode():
            return self.model(torch.tensor(rows)).tolist()
