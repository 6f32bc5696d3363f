from fastapi import APIRouter, Depends

from .engine import Engine, get_engine
from .inputs import PricingRequest

router = APIRouter(prefix="/v1")


@router.post("/prices")
async def prices(request: PricingRequest, engine: Engine = Depends(get_engine)) -> list[float]:
    return [engine.price(each) for each in request.items]
