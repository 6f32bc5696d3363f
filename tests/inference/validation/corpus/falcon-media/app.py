import falcon
import joblib

model = joblib.load("model.joblib")


class Price:
    def on_post(self, req, resp):
        media = req.media  # expect: input-validation/raw-input
        resp.media = {"price": float(model.predict([[media["unit_cost"]]])[0])}


app = falcon.App()
app.add_route("/price", Price())
