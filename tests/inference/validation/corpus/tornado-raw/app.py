import joblib
import numpy as np
import tornado.web
from tornado.escape import json_decode

model = joblib.load("model.joblib")


class PriceHandler(tornado.web.RequestHandler):
    def post(self):
        data = json_decode(self.request.body)  # expect: input-validation/raw-input
        self.write({"price": float(model.predict(np.array([[data["unit_cost"]]]))[0])})


app = tornado.web.Application([(r"/price", PriceHandler)])
