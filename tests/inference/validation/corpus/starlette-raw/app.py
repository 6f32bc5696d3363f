import joblib
import numpy as np
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

model = joblib.load("model.joblib")


async def price(request):
    payload = await request.json()  # expect: input-validation/raw-input
    row = np.asarray([[payload["unit_cost"], payload.get("units", 1)]])  # expect: input-validation/sentinel-default
    return JSONResponse({"price": model.predict(row).tolist()})


async def health(request):
    return JSONResponse({"status": "ok"})


app = Starlette(routes=[Route("/price", price, methods=["POST"]), Route("/health", health)])
