import torch
from torch import nn


class Policy(nn.Module):
    def __init__(self, words=8000, width=96):
        super().__init__()
        self.words = nn.Embedding(words, width)
        self.rnn = nn.GRU(width, width, batch_first=True)
        self.acts = nn.Linear(width, 40)

    def forward(self, ids, state=None):
        outputs, state = self.rnn(self.words(ids), state)
        return self.acts(outputs[:, -1]), state


class Dialogue:
    def __init__(self):
        self.policy = Policy().eval()
        self.states = {}
        self.detached = {}

    def turn(self, session, ids):
        act, state = self.policy(torch.tensor([ids]), self.states.get(session))  # expect: no-grad/unguarded-call
        self.states[session] = state  # expect: retained-tensor/graph
        return act.argmax().item()

    def turn_detached(self, session, ids):
        with torch.no_grad():
            act, state = self.policy(torch.tensor([ids]), self.detached.get(session))
        self.detached[session] = state
        return act.argmax().item()
