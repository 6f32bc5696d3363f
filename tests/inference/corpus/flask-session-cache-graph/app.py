"""A conversation's hidden state between requests. In one store with its graph, in the other without it."""

import torch
from flask import Flask, request

from dialogue import Dialogue

app = Flask(__name__)
dialogue = Dialogue()


@app.post("/turn/<session>")
def turn(session):
    return {"act": dialogue.turn(session, request.json["ids"])}


@app.post("/turn/<session>/safe")
def turn_safe(session):
    return {"act": dialogue.turn_detached(session, request.json["ids"])}


@app.delete("/turn/<session>")
def forget(session):
    dialogue.states.pop(session, None)
    dialogue.detached.pop(session, None)
    return "", 204
