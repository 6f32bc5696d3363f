from typing import Annotated, Optional

from pydantic import Field, conint

from .base import Strict
from .types import Region, Stock, UnitCost


class PricingInput(Strict):
    region: Region
    unit_cost: UnitCost
    units: conint(ge=1, le=24)
    stock: Optional[Stock] = None


class PricingRequest(Strict):
    request_id: str
    items: Annotated[list[PricingInput], Field(max_length=100)]
