from collections.abc import Mapping

import pandas as pd
from pydantic import ValidationError

from serving.inputs import PricingInput


def price(model, request: Mapping[str, object]) -> tuple[int, dict]:
    try:
        offer = PricingInput.model_validate(request)
    except ValidationError as error:
        return 422, {"error": str(error)}
    return 200, {"price": float(model.predict(pd.DataFrame([offer.model_dump()]))[0])}
