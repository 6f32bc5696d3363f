import io
from concurrent.futures import ThreadPoolExecutor

import torch
from fastapi import FastAPI, UploadFile
from PIL import Image

from classifier import Classifier

app = FastAPI()
classifier = Classifier()
pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="vision")


@app.post("/classify")
def classify(file: UploadFile) -> dict[str, object]:
    image = Image.open(io.BytesIO(file.file.read()))
    # Looks covered, but grad mode does not travel into the pool.
    with torch.no_grad():  # spare: another thread does the work
        labels = pool.submit(classifier.top, image).result(timeout=10)
    return {"labels": labels}


@app.post("/size")
def size(file: UploadFile) -> dict[str, int]:
    width, height = Image.open(file.file).size
    return {"width": width, "height": height}
