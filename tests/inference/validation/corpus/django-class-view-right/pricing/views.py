import joblib
import pandas as pd
from django.http import JsonResponse
from django.views import View
from pydantic import ValidationError

from .inputs import PricingInput

model = joblib.load("model.joblib")


class PriceView(View):
    def post(self, request):
        try:
            offer = PricingInput.model_validate_json(request.body)
        except ValidationError as error:
            return JsonResponse({"errors": error.errors()}, status=422)
        return JsonResponse({"price": float(model.predict(pd.DataFrame([offer.model_dump()]))[0])})
