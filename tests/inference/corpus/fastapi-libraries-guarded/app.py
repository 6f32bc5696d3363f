"""Five libraries whose methods switch gradients off themselves: nothing is missing around these calls."""

import functools

import easyocr
import numpy as np
import whisper
from fastapi import FastAPI, UploadFile
from PIL import Image
from segment_anything import SamPredictor, sam_model_registry
from sentence_transformers import CrossEncoder, SentenceTransformer, util
from ultralytics import YOLO

app = FastAPI()
embedder = SentenceTransformer("all-MiniLM-L6-v2")
reranker = CrossEncoder("cross-encoder/ms-marco-MiniLM-L-6-v2")
yolo = YOLO("yolov8n.pt")
speech = whisper.load_model("base")
reader = easyocr.Reader(["en", "de"], gpu=False)


@functools.cache
def segmenter() -> SamPredictor:
    return SamPredictor(sam_model_registry["vit_b"](checkpoint="sam_vit_b.pth"))


def pixels(file: UploadFile) -> np.ndarray:
    return np.asarray(Image.open(file.file).convert("RGB"))


@app.post("/embed")
def embed(texts: list[str]) -> list[list[float]]:
    return embedder.encode(texts, normalize_embeddings=True).tolist()


@app.post("/search")
def search(query: str, documents: list[str]) -> list[int]:
    vectors = embedder.encode([query, *documents], convert_to_tensor=True)
    near = util.cos_sim(vectors[:1], vectors[1:])[0].argsort(descending=True)[:20].tolist()
    scores = reranker.predict([(query, documents[index]) for index in near])
    return [near[index] for index in np.argsort(-scores)]


@app.post("/detect")
def detect(file: UploadFile) -> list[list[float]]:
    image = pixels(file)
    first = yolo(image, verbose=False)[0]
    again = yolo.predict(image, conf=0.5, verbose=False)[0]
    return (first if len(first.boxes) else again).boxes.xyxy.tolist()


@app.post("/transcribe")
def transcribe(path: str) -> str:
    return speech.transcribe(path, fp16=False)["text"]


@app.post("/read")
def read(file: UploadFile) -> list[str]:
    return [text for _, text, score in reader.readtext(pixels(file)) if score > 0.3]


@app.post("/mask")
def mask(file: UploadFile, x: int, y: int) -> int:
    predictor = segmenter()
    predictor.set_image(pixels(file))
    masks, scores, _ = predictor.predict(point_coords=np.array([[x, y]]), point_labels=np.array([1]))
    return int(masks[scores.argmax()].sum())
