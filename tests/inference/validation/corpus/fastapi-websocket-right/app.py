import joblib
import pandas as pd
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

from inputs import PricingInput

app = FastAPI()
model = joblib.load("model.joblib")


@app.websocket("/prices")
async def prices(websocket: WebSocket):
    await websocket.accept()
    try:
        while True:
            offer = PricingInput.model_validate(await websocket.receive_json())
            await websocket.send_json({"price": float(model.predict(pd.DataFrame([offer.model_dump()]))[0])})
    except WebSocketDisconnect:
        pass
