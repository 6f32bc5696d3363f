import joblib
import pandas as pd
from fastapi import APIRouter, FastAPI, Request

from inputs import PricingInput

router = APIRouter()
model = joblib.load("model.joblib")


def ask(rows):
    return model.predict(pd.DataFrame(rows)).tolist()


@router.post("/price")
def price(offer: PricingInput):
    return ask([offer.model_dump()])


@router.post("/v0/price")
async def old_price(request: Request):
    form = await request.form()  # expect: input-validation/raw-input
    return ask([dict(form)])


app = FastAPI()
app.include_router(router)
