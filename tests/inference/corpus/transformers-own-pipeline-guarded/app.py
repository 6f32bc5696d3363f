from flask import Flask, request

from pair import build

app = Flask(__name__)
classify = build()


@app.post("/pair")
def pair():
    body = request.get_json()
    return classify(body["first"], second_text=body["second"])
