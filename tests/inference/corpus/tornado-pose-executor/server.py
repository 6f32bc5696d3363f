import json

import numpy as np
import torch
import tornado.ioloop
import tornado.web
from concurrent.futures import ThreadPoolExecutor
from torchvision.models.detection import keypointrcnn_resnet50_fpn

net = keypointrcnn_resnet50_fpn(weights="DEFAULT")
net.eval()
DISABLED = torch.no_grad()


class PoseHandler(tornado.web.RequestHandler):
    executor = ThreadPoolExecutor(4)

    def points(self, pixels):
        found = net([pixels])[0]  # expect: no-grad/guard-lost-in-thread
        return found["keypoints"][found["scores"] > 0.8].tolist()

    async def post(self):
        array = np.frombuffer(self.request.body, dtype=np.uint8).reshape(480, 640, 3)
        pixels = torch.from_numpy(array.copy()).permute(2, 0, 1) / 255
        loop = tornado.ioloop.IOLoop.current()
        with DISABLED:  # spare: another thread does the work
            future = loop.run_in_executor(self.executor, self.points, pixels)
        self.write(json.dumps({"people": await future}))


class BoxHandler(tornado.web.RequestHandler):
    def put(self):
        array = np.frombuffer(self.request.body, dtype=np.uint8).reshape(480, 640, 3)
        pixels = torch.from_numpy(array.copy()).permute(2, 0, 1) / 255
        with DISABLED:
            found = net([pixels])[0]
        self.write({"boxes": found["boxes"].tolist()})


if __name__ == "__main__":
    tornado.web.Application([(r"/pose", PoseHandler), (r"/boxes", BoxHandler)]).listen(8888)
    tornado.ioloop.IOLoop.current().start()
