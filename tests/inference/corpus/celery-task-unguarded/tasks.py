import os

import torch
from celery import Celery
from celery.signals import worker_process_init

from moderation import Toxicity

app = Celery("moderation", broker=os.environ.get("BROKER", "memory://"))
_net = None


@worker_process_init.connect
def load(**kwargs):
    global _net
    _net = Toxicity(vocabulary=30_522)
    _net.load_state_dict(torch.load("toxicity.pt", map_location="cpu", weights_only=True))
    _net.eval()


@app.task(acks_late=True, max_retries=3)
def moderate(comment_id, ids):
    scores = _net(torch.tensor([ids])).sigmoid()  # expect: no-grad/unguarded-call
    worst = scores.max().item()
    if worst > 0.9:
        hide.delay(comment_id, worst)
    return worst


@app.task
def hide(comment_id, score):
    print(f"comment {comment_id} is hidden ({score:.2f})")
