import joblib
from aiohttp import web

model = joblib.load("model.joblib")


class Price(web.View):
    async def post(self):
        body = await self.request.json()  # expect: input-validation/raw-input
        return web.json_response({"price": float(model.predict([[body["unit_cost"]]])[0])})


app = web.Application()
app.router.add_view("/price", Price)
