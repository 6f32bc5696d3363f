from typing import Annotated

import pandas as pd
from fastapi import APIRouter, Body, Request

from shop.inputs import PricingInput

router = APIRouter()


@router.post("/price")
async def price(request: Request, offer: Annotated[PricingInput, Body()]) -> dict[str, float]:
    frame = pd.DataFrame([offer.model_dump()])
    return {"price": float(request.app.state.model.predict(frame)[0])}
