import joblib
from sanic import Sanic
from sanic.response import json

app = Sanic("pricing")
model = joblib.load("model.joblib")


@app.post("/price")
async def price(request):
    try:
        cost = request.json["unit_cost"]  # expect: input-validation/raw-input
    except KeyError:
        return json({"error": "unit_cost"}, status=422)
    return json({"price": float(model.predict([[cost]])[0])})
