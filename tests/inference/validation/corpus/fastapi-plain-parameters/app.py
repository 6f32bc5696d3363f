import joblib
from fastapi import FastAPI, Query

app = FastAPI()
model = joblib.load("model.joblib")


@app.get("/price")
def price(unit_cost: float = Query(ge=1, le=500), units: int = 1, stock: int = 120):  # expect: input-validation/no-model
    return float(model.predict([[unit_cost, units, stock]])[0])
