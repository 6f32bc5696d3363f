import asyncio
import contextlib
import json

import joblib

model = joblib.load("model.joblib")


async def answer(reader, writer):
    price = 0.0
    with contextlib.suppress(ValueError):  # expect: input-validation/exception-swallowed
        request = json.loads(await reader.readline())  # expect: input-validation/raw-input
        price = float(model.predict([[request["unit_cost"], request["units"]]])[0])
    writer.write(json.dumps({"price": price}).encode())
    await writer.drain()


async def main():
    server = await asyncio.start_server(answer, "localhost", 8080)
    await server.serve_forever()
