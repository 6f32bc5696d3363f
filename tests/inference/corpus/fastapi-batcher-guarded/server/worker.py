"""The same idea with the guard where the work is: in the thread's own function."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from queue import Empty, Queue

import torch
from torch import nn


class Worker(threading.Thread):
    def __init__(self, net: nn.Module, wait: float = 0.005, most: int = 32) -> None:
        super().__init__(daemon=True)
        self.net = net.eval()
        self.wait, self.most = wait, most
        self.requests: Queue[tuple[torch.Tensor, Future[float]]] = Queue()

    def submit(self, row: torch.Tensor) -> Future[float]:
        future: Future[float] = Future()
        self.requests.put((row, future))
        return future

    def run(self) -> None:
        with torch.inference_mode():
            while True:
                rows, futures = zip(*self._gather(), strict=True)
                scores = self.net(torch.stack(rows)).flatten().tolist()
                for future, score in zip(futures, scores, strict=True):
                    future.set_result(score)

    def _gather(self) -> list[tuple[torch.Tensor, Future[float]]]:
        gathered = [self.requests.get()]
        try:
            while len(gathered) < self.most:
                gathered.append(self.requests.get(timeout=self.wait))
        except Empty:
            pass
        return gathered
