import queue
import threading

import torch


class Batcher:
    def __init__(self, net, loop, most=16):
        self.net = net
        self.loop = loop
        self.most = most
        self.waiting = queue.Queue(maxsize=256)
        self._thread = threading.Thread(target=self._work, name="batcher", daemon=True)

    def start(self):
        self._thread.start()

    def _take(self):
        batch = [self.waiting.get()]
        while len(batch) < self.most and not self.waiting.empty():
            batch.append(self.waiting.get_nowait())
        return batch

    def _work(self):
        while True:
            batch = self._take()
            ids = torch.nn.utils.rnn.pad_sequence([torch.tensor(ids) for ids, _ in batch], batch_first=True)
            vectors = self.net(ids)  # expect: no-grad/guard-lost-in-thread
            for (_, future), vector in zip(batch, vectors.tolist()):
                self.loop.call_soon_threadsafe(future.set_result, vector)
