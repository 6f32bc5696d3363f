import numpy as np
import triton_python_backend_utils as pb_utils
import xgboost as xgb


class TritonPythonModel:
    def initialize(self, args):
        self.booster = xgb.Booster(model_file="model.json")

    def execute(self, requests):  # expect: input-validation/raw-input
        responses = []
        for request in requests:
            x = pb_utils.get_input_tensor_by_name(request, "x").as_numpy()
            y = self.booster.inplace_predict(x)
            responses.append(pb_utils.InferenceResponse([pb_utils.Tensor("y", y.astype(np.float32))]))
        return responses
