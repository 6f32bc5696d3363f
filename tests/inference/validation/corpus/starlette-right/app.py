import joblib
import pandas as pd
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse
from starlette.routing import Route

from inputs import PricingInput

model = joblib.load("model.joblib")


def predict(offer: PricingInput) -> float:
    return float(model.predict(pd.DataFrame([offer.model_dump()]))[0])


async def price(request):
    try:
        offer = PricingInput.model_validate_json(await request.body())
    except ValidationError as error:
        return JSONResponse({"errors": error.errors()}, status_code=422)
    return JSONResponse({"price": await run_in_threadpool(predict, offer)})


app = Starlette(routes=[Route("/price", price, methods=["POST"])])
