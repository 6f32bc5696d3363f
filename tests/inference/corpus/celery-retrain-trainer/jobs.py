"""A queue that retrains on demand, in the process that predicts."""

import torch
from celery import Celery
from datasets import Dataset
from transformers import AutoModelForSequenceClassification, AutoTokenizer, Trainer, TrainingArguments

celery = Celery("texts")
tokenizer = AutoTokenizer.from_pretrained("bert-base-uncased")
model = AutoModelForSequenceClassification.from_pretrained("bert-base-uncased", num_labels=2)


def encode(batch):
    return tokenizer(batch["text"], truncation=True, padding="max_length", max_length=128)


@celery.task
def predict(text):
    with torch.no_grad():
        return model(**tokenizer(text, return_tensors="pt")).logits.argmax(-1).item()


@celery.task
def retrain(texts, labels):
    dataset = Dataset.from_dict({"text": texts, "label": labels}).map(encode, batched=True)
    arguments = TrainingArguments("out", num_train_epochs=1, per_device_train_batch_size=8, report_to=[])
    trainer = Trainer(model=model, args=arguments, train_dataset=dataset)
    trainer.train()  # expect: training-in-serving/trainer
    return trainer.state.global_step


@celery.task
def measure(texts, labels):
    dataset = Dataset.from_dict({"text": texts, "label": labels}).map(encode, batched=True)
    return Trainer(model=model, args=TrainingArguments("out")).evaluate(dataset)
