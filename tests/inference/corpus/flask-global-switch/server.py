"""`set_grad_enabled(False)` at import: it holds in the thread that imports, and Flask answers in others."""

import torch
from flask import Flask, jsonify, request

torch.set_grad_enabled(False)  # spare: no request runs in this thread

app = Flask(__name__)
vocabulary = {word: index for index, word in enumerate("the a of to and in is it".split())}


class Spam(torch.nn.Module):
    def __init__(self, words: int) -> None:
        super().__init__()
        self.bag = torch.nn.EmbeddingBag(words, 16)
        self.out = torch.nn.Linear(16, 1)

    def forward(self, ids):
        return self.out(self.bag(ids)).sigmoid()


spam = Spam(len(vocabulary))
spam.load_state_dict(torch.load("spam.pt", weights_only=True))
spam.eval()


def ids_of(text):
    return torch.tensor([[vocabulary.get(word, 0) for word in text.lower().split()]])


@app.route("/spam", methods=["POST"])
def is_spam():
    score = spam(ids_of(request.json["text"]))  # expect: no-grad/process-wide-switch
    return jsonify(score=score.item())


@app.route("/spam/safe", methods=["POST"])
def is_spam_safe():
    torch.set_grad_enabled(False)
    return jsonify(score=spam(ids_of(request.json["text"])).item())


if __name__ == "__main__":
    app.run(port=8080, threaded=True)
