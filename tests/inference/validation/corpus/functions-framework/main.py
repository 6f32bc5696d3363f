import functions_framework
import joblib

model = joblib.load("model.joblib")


@functions_framework.http
def price(request):
    body = request.get_json(silent=True) or {}  # expect: input-validation/raw-input
    features = {"unit_cost": 0.0, "units": 1, **body}  # expect: input-validation/sentinel-default
    return {"price": float(model.predict([list(features.values())])[0])}
