import sentencepiece
from flask import Flask, request

from translator import Translator

app = Flask(__name__)
pieces = sentencepiece.SentencePieceProcessor(model_file="en-de.model")
translator = Translator("en-de.pt")


@app.post("/translate")
def translate():
    ids = pieces.encode(request.get_json()["text"])
    return {"text": pieces.decode(translator.translate(ids))}


@app.post("/score")
def score():
    body = request.get_json()
    return {"score": translator.score(pieces.encode(body["text"]), pieces.encode(body["candidate"]))}
