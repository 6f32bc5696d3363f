import torch

from .net import Seq2Seq

BOS, EOS = 1, 2


class Translator:
    def __init__(self, path, words=32_000):
        self.net = Seq2Seq(words)
        self.net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        self.net.eval()

    def translate(self, ids, longest=64):
        memory = self._memory(ids)
        target = [BOS]
        while len(target) < longest and target[-1] != EOS:
            target.append(self._next(target, memory))
        return target[1:]

    def _memory(self, ids):
        return self.net.encode(torch.tensor([ids]))  # expect: no-grad/unguarded-call

    def _next(self, target, memory):
        logits = self.net.decode(torch.tensor([target]), memory)  # expect: no-grad/unguarded-call
        return logits[0, -1].argmax().item()

    @torch.no_grad()
    def score(self, source, target):
        memory = self.net.encode(torch.tensor([source]))
        return self.net.decode(torch.tensor([target]), memory).logsumexp(-1).mean().item()
