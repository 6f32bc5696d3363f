import joblib
import mlflow


class Pricing(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        self.model = joblib.load(context.artifacts["model"])

    def predict(self, context, model_input, params=None):  # expect: input-validation/raw-input
        return self.model.predict(model_input.fillna(-1))  # expect: input-validation/silent-repair
