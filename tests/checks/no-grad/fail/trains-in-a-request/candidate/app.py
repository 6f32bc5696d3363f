import threading

import torch
from flask import Flask, request

app = Flask(__name__)
model = torch.nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)


def learn(row, sold):
    model.train()
    loss = (model(torch.tensor(row)) - sold) ** 2
    loss.backward()
    optimizer.step()


@app.post("/sold")
def sold():
    threading.Thread(target=learn, args=(request.json["row"], request.json["sold"])).start()
    return "thanks"
