from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class PricingInput(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    region: Literal["east", "north", "south", "west"]
    unit_cost: Annotated[float, Field(ge=1.0, le=500.0)]
    units: Annotated[int, Field(ge=1, le=24)]
    stock: Annotated[int, Field(ge=0, le=500)] | None = None
