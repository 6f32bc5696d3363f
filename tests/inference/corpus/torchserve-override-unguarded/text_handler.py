import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer

from base import TeamHandler


class EntityHandler(TeamHandler):
    def initialize(self, context):
        folder = context.system_properties["model_dir"]
        self.device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForTokenClassification.from_pretrained(folder).to(self.device)
        self.initialized = True
        self.started, self.calls = 0.0, 0

    def preprocess(self, data):
        texts = [row.get("data") or row.get("body") for row in data]
        texts = [text.decode() if isinstance(text, bytes) else text for text in texts]
        return self.tokenizer(texts, return_tensors="pt", padding=True, truncation=True).to(self.device)

    # Overrides BaseHandler.inference, and with it the guard that the base has.
    def inference(self, batch):
        return self.model(**batch).logits.argmax(-1)  # expect: no-grad/unguarded-call

    def postprocess(self, ids):
        names = self.model.config.id2label
        return [[names[i] for i in row if names[i] != "O"] for row in ids.tolist()]
