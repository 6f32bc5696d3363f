import bentoml
import pandas as pd
from bentoml.io import JSON

from inputs import PricingInput

runner = bentoml.sklearn.get("pricing:latest").to_runner()
svc = bentoml.Service("pricing", runners=[runner])


@svc.api(input=JSON(pydantic_model=PricingInput), output=JSON())
async def price(offer: PricingInput):
    return {"price": (await runner.predict.async_run(pd.DataFrame([offer.model_dump()])))[0]}
