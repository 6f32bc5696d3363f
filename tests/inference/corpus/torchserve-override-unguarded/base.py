"""What the handlers of this team share."""

import logging
import time

from ts.torch_handler.base_handler import BaseHandler

logger = logging.getLogger(__name__)


class TeamHandler(BaseHandler):
    def initialize(self, context):
        super().initialize(context)
        self.started = time.time()
        self.calls = 0
        logger.info("model %s is up", context.manifest["model"]["modelName"])

    def handle(self, data, context):
        self.calls += 1
        self.context = context
        return self.postprocess(self.inference(self.preprocess(data)))
