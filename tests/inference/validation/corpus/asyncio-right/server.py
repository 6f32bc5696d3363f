import asyncio
import json

import joblib
import pandas as pd
from pydantic import ValidationError

from inputs import PricingInput

model = joblib.load("model.joblib")


async def answer(reader, writer):
    try:
        offer = PricingInput.model_validate_json(await reader.readline())
        body = {"status": 200, "price": predict(offer)}
    except ValidationError as error:
        body = {"status": 422, "error": str(error)}
    writer.write(json.dumps(body).encode())
    await writer.drain()


def predict(offer):
    return float(model.predict(pd.DataFrame([offer.model_dump()]))[0])


async def main():
    server = await asyncio.start_server(answer, "localhost", 8080)
    await server.serve_forever()
