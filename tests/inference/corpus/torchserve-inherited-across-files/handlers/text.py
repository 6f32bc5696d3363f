from .common import GuardedHandler, Tempered


class TopicHandler(Tempered, GuardedHandler):
    def scores(self, data):
        return self.model(data).sigmoid()

    def postprocess(self, data):
        return data.tolist()


class FastTopicHandler(TopicHandler):
    """Skips what the others do, the guard among it."""

    def inference(self, data):
        if data.numel() == 0:
            return data
        return self.model(data).sigmoid().round()  # expect: no-grad/unguarded-call
