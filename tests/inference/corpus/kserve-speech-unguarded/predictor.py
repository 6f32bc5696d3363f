import argparse
import base64
import io

import kserve
import soundfile
import torch
from transformers import Wav2Vec2ForSequenceClassification, Wav2Vec2FeatureExtractor


class LanguageOfSpeech(kserve.Model):
    def __init__(self, name: str, folder: str) -> None:
        super().__init__(name)
        self.folder = folder
        self.ready = False

    def load(self) -> bool:
        self.extractor = Wav2Vec2FeatureExtractor.from_pretrained(self.folder)
        self.classifier = Wav2Vec2ForSequenceClassification.from_pretrained(self.folder).eval()
        self.ready = True
        return self.ready

    def preprocess(self, payload: dict, headers: dict[str, str] | None = None) -> dict:
        waves = []
        for instance in payload["instances"]:
            samples, rate = soundfile.read(io.BytesIO(base64.b64decode(instance["b64"])))
            if rate != 16_000:
                raise kserve.errors.InvalidInput(f"got {rate} Hz, expected 16000")
            waves.append(samples)
        return self.extractor(waves, sampling_rate=16_000, return_tensors="pt", padding=True)

    def predict(self, payload: dict, headers: dict[str, str] | None = None) -> dict:
        logits = self.classifier(**payload).logits  # expect: no-grad/unguarded-call
        names = self.classifier.config.id2label
        return {"predictions": [names[i] for i in logits.argmax(-1).tolist()]}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(parents=[kserve.model_server.parser])
    parser.add_argument("--folder", default="/mnt/models")
    arguments, _ = parser.parse_known_args()
    model = LanguageOfSpeech("language", arguments.folder)
    model.load()
    kserve.ModelServer().start([model])
