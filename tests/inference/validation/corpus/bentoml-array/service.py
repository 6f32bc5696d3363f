import bentoml
import numpy as np
from bentoml.io import JSON, NumpyNdarray

runner = bentoml.sklearn.get("pricing:latest").to_runner()
svc = bentoml.Service("pricing", runners=[runner])


@svc.api(input=NumpyNdarray(), output=NumpyNdarray())
def price(features: np.ndarray) -> np.ndarray:  # expect: input-validation/raw-input
    return runner.predict.run(np.nan_to_num(features))  # expect: input-validation/silent-repair


@svc.api(input=JSON(), output=JSON())
async def price_json(payload):  # expect: input-validation/raw-input
    return {"price": await runner.predict.async_run([[payload["unit_cost"], payload["units"]]])}
