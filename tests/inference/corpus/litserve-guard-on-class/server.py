"""A decorator on a class covers the making of its instances, no method."""

import litserve as ls
import torch

from engines import Coarse, Fine


class Cascade(ls.LitAPI):
    def setup(self, device):
        self.coarse = Coarse(device)
        self.fine = Fine(device)

    def decode_request(self, request):
        return torch.tensor(request["values"])

    def predict(self, x):
        first = self.coarse.run(x)
        return first if abs(first) > 0.9 else self.fine.run(x)

    def encode_response(self, output):
        return {"score": output}


if __name__ == "__main__":
    ls.LitServer(Cascade()).run()
