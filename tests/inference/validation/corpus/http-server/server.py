import json
from http.server import BaseHTTPRequestHandler, HTTPServer

import joblib

model = joblib.load("model.joblib")


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        try:
            payload = json.loads(self.rfile.read(length))  # expect: input-validation/raw-input
            price = model.predict([[payload["unit_cost"]]])[0]
        except Exception:  # expect: input-validation/exception-swallowed
            price = 0
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"price": float(price)}).encode())


HTTPServer(("", 8080), Handler).serve_forever()
