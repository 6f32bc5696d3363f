import joblib
import pandas as pd
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.responses import JSONResponse
from starlette.routing import Route

from inputs import PricingInput

model = joblib.load("model.joblib")


class Price(HTTPEndpoint):
    async def post(self, request):
        payload = await request.json()
        try:
            offers = [PricingInput(**each) for each in payload["offers"]]
        except (KeyError, TypeError, ValidationError) as error:
            return JSONResponse({"detail": str(error)}, status_code=400)
        return JSONResponse(model.predict(pd.DataFrame([o.model_dump() for o in offers])).tolist())


app = Starlette(routes=[Route("/price", Price)])
