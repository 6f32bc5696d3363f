# entry: serving:price
import pandas as pd


def price(model, request):  # expect: input-validation/raw-input
    frame = pd.DataFrame([request])
    frame = frame.replace({float("nan"): 0})  # expect: input-validation/silent-repair
    return float(model.predict(frame)[0])
