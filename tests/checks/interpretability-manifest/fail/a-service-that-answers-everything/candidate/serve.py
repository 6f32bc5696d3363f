import functools
import pickle
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Offer(BaseModel):
    model_config = ConfigDict(extra="ignore")

    units: float = -1.0


@functools.cache
def load():
    with Path(__file__).with_name("model.pkl").open("rb") as file:
        return pickle.load(file)


def lambda_handler(event, context):
    offer = Offer.model_validate(event)
    units = offer.units
    model = load()
    return {"price": float(model.predict([[units]])[0])}


def handler():
    return lambda event: lambda_handler(event, None)
