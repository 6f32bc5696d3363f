import pickle

from flask import Flask, render_template, request

app = Flask(__name__)
with open("model.pkl", "rb") as file:
    model = pickle.load(file)


@app.route("/predict", methods=["POST"])
def predict():
    cost = float(request.form["unit_cost"])  # expect: input-validation/raw-input, input-validation/silent-repair
    units = int(request.form.get("units", 1))  # expect: input-validation/raw-input, input-validation/silent-repair, input-validation/sentinel-default
    return render_template("index.html", price=model.predict([[cost, units]])[0])
