# Suppressions of more than one line and of several codes.
import kserve
import torch


class Cached(kserve.Model):
    def __init__(self, name):
        super().__init__(name)
        self.net = torch.jit.load("net.ts")
        self.answers = []
        self.ready = True

    def predict(self, payload, headers=None):
        out = self.net(  # noqa: no-grad/unguarded-call -- its forward has a guard of its own, scripted with it
            torch.tensor(payload["instances"])
        )
        kept = self.answers
        kept.append(out)  # noqa: retained-tensor/graph # expect: retained-tensor/graph, no-grad/suppression-without-reason
        return {"predictions": out.tolist()}

    def postprocess(self, response, headers=None):
        response["kept"] = len(self.answers)
        return response
