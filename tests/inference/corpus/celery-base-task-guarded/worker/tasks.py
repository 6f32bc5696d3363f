from celery import shared_task

from worker.base import PredictTask


class EtaTask(PredictTask):
    weights = "/models/eta.ts"


class TipTask(PredictTask):
    weights = "/models/tip.ts"


@shared_task(bind=True, base=EtaTask, name="eta")
def eta(self, trips):
    minutes = self.predict(trips).clamp(min=1.0)
    return [round(each, 1) for each in minutes.flatten().tolist()]


@shared_task(bind=True, base=TipTask, name="tip")
def tip(self, trips):
    return self.predict(trips).mean().item()
