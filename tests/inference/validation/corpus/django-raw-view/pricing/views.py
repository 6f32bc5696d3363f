import json

import joblib
import pandas as pd
from django.http import HttpResponseBadRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

model = joblib.load("model.joblib")


@csrf_exempt
@require_POST
def price(request):
    try:
        payload = json.loads(request.body)  # expect: input-validation/raw-input
    except json.JSONDecodeError:
        return HttpResponseBadRequest("no JSON")
    try:
        amount = float(model.predict(pd.DataFrame([payload]))[0])
    except KeyError:  # expect: input-validation/exception-swallowed
        return JsonResponse({"price": 0.0})
    return JsonResponse({"price": amount})
