import numpy as np
import onnxruntime as ort
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
session = ort.InferenceSession("model.onnx")


class Item(BaseModel):  # expect: input-validation/not-strict, input-validation/extra-allowed, input-validation/field-missing, input-validation/field-missing, input-validation/field-missing, input-validation/field-missing
    features: list[float]  # expect: input-validation/field-unknown


@app.post("/score")
def score(item: Item):
    return session.run(None, {"x": np.array([item.features], dtype=np.float32)})[0].tolist()
