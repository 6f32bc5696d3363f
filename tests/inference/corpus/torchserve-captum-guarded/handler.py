"""Predictions are guarded; the explanations of get_insights need gradients and get them."""

import torch
from captum.attr import LayerIntegratedGradients
from transformers import AutoModelForSequenceClassification, AutoTokenizer
from ts.torch_handler.base_handler import BaseHandler


class ExplainedClassifier(BaseHandler):
    def initialize(self, context):
        folder = context.system_properties["model_dir"]
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
        self.explainer = LayerIntegratedGradients(self._scores, self.model.bert.embeddings)
        self.initialized = True

    def _scores(self, ids, mask):
        return self.model(ids, attention_mask=mask).logits.softmax(-1)

    def preprocess(self, requests):
        texts = [row["body"]["text"] for row in requests]
        return self.tokenizer(texts, return_tensors="pt", padding=True)

    def inference(self, batch):
        with torch.inference_mode():
            return self._scores(batch["input_ids"], batch["attention_mask"]).argmax(-1)

    def postprocess(self, classes):
        return classes.tolist()

    def get_insights(self, batch, text, target=0):
        ids = batch["input_ids"]
        baseline = torch.full_like(ids, self.tokenizer.pad_token_id)
        attributions, delta = self.explainer.attribute(
            inputs=ids,
            baselines=baseline,
            target=target,
            additional_forward_args=(batch["attention_mask"],),
            return_convergence_delta=True,
        )
        summed = attributions.sum(dim=-1).squeeze(0)
        return [{"words": self.tokenizer.convert_ids_to_tokens(ids[0]), "importances": summed.tolist()}]
