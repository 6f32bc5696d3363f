import joblib
from aiohttp import web

model = joblib.load("model.joblib")


def parse(text):
    try:
        return float(text)  # expect: input-validation/silent-repair
    except ValueError:  # expect: input-validation/exception-swallowed
        return float("nan")


async def price(request):
    body = await request.json()  # expect: input-validation/raw-input
    return web.json_response({"price": float(model.predict([[parse(body["unit_cost"])]])[0])})


app = web.Application()
app.router.add_post("/price", price)
