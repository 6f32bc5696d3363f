import json

import joblib
import pandas as pd

model = joblib.load("/opt/model.joblib")


def handler(event, context):
    out = []
    for record in event["Records"]:
        try:
            body = json.loads(record["body"])  # expect: input-validation/raw-input
        except json.JSONDecodeError:  # expect: input-validation/exception-swallowed
            continue
        frame = pd.DataFrame([body])
        frame["units"] = pd.to_numeric(frame["units"], errors="coerce")  # expect: input-validation/silent-repair
        out.append(float(model.predict(frame)[0]))
    return {"prices": out}
