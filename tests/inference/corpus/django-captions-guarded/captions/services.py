from functools import lru_cache

import torch
from transformers import BlipForConditionalGeneration, BlipProcessor
from transformers import CLIPModel, CLIPProcessor


@lru_cache(maxsize=1)
def captioner():
    name = "Salesforce/blip-image-captioning-base"
    return BlipProcessor.from_pretrained(name), BlipForConditionalGeneration.from_pretrained(name)


@lru_cache(maxsize=1)
def scorer():
    name = "openai/clip-vit-base-patch16"
    return CLIPProcessor.from_pretrained(name), CLIPModel.from_pretrained(name).eval()


def caption(image):
    processor, model = captioner()
    ids = model.generate(**processor(image, return_tensors="pt"), max_new_tokens=30)
    return processor.decode(ids[0], skip_special_tokens=True)


@torch.no_grad()
def fit(image, text):
    processor, model = scorer()
    outputs = model(**processor(text=[text], images=image, return_tensors="pt"))
    return outputs.logits_per_image.item() / 100
