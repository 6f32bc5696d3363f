from django.http import HttpRequest, JsonResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from PIL import Image

from . import services


@method_decorator(csrf_exempt, name="dispatch")
class CaptionView(View):
    def get(self, request: HttpRequest) -> JsonResponse:
        return JsonResponse({"usage": "POST an image"})

    def post(self, request: HttpRequest) -> JsonResponse:
        image = Image.open(request.FILES["image"]).convert("RGB")
        text = services.caption(image)
        return JsonResponse({"caption": text, "fit": services.fit(image, text)})
