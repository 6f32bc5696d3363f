from enum import StrEnum
from typing import Annotated

from pydantic import Field

LOWEST, HIGHEST = 1.0, 500.0
MOST_STOCK = 500


class Region(StrEnum):
    EAST = "east"
    NORTH = "north"
    SOUTH = "south"
    WEST = "west"


UnitCost = Annotated[float, Field(ge=1.0, le=500.0, allow_inf_nan=False)]
Stock = Annotated[int, Field(ge=0, le=MOST_STOCK)]
