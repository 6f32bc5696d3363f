import json

import joblib

model = joblib.load("/opt/model.joblib")


def lambda_handler(event, context):
    body = json.loads(event.get("body") or "{}")  # expect: input-validation/raw-input
    try:
        row = [float(body["unit_cost"]), int(body["units"])]  # expect: input-validation/silent-repair, input-validation/silent-repair
    except (KeyError, TypeError):  # expect: input-validation/exception-swallowed
        row = [0.0, 0]
    return {"statusCode": 200, "body": json.dumps({"price": float(model.predict([row])[0])})}
