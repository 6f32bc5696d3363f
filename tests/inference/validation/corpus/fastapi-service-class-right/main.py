import logging
from functools import lru_cache
from typing import Annotated

import joblib
import pandas as pd
from fastapi import Depends, FastAPI, HTTPException, status

from inputs import PricingInput

logger = logging.getLogger(__name__)


class PricingService:
    def __init__(self, path: str = "model.joblib") -> None:
        self._model = joblib.load(path)

    def quote(self, offer: PricingInput) -> float:
        features = self._features(offer)
        try:
            return float(self._model.predict(features)[0])
        except Exception as exc:
            logger.exception("prediction failed")
            raise HTTPException(status.HTTP_503_SERVICE_UNAVAILABLE, "prediction failed") from exc

    @staticmethod
    def _features(offer: PricingInput) -> pd.DataFrame:
        data = offer.model_dump()
        data["stock"] = 120 if data["stock"] is None else data["stock"]
        return pd.DataFrame([data])


@lru_cache(maxsize=1)
def get_service() -> PricingService:
    return PricingService()


app = FastAPI()


@app.post("/quote")
def quote(offer: PricingInput, service: Annotated[PricingService, Depends(get_service)], debug: bool = False):
    price = service.quote(offer)
    return {"price": price, "debug": debug}


@app.get("/metrics")
def metrics(limit: int = 10):
    return {"limit": limit}
