import torch
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework.views import APIView

from recommend.ml import registry


class RecommendView(APIView):
    throttle_scope = "recommend"

    def get(self, request, user_id, format=None):
        limit = min(int(request.query_params.get("limit", 10)), 100)
        return Response({"items": registry.current.recommend(user_id, limit)})


@api_view(["POST"])
def similar(request):
    item = torch.tensor(request.data["item"])
    with torch.inference_mode():
        vector = registry.current.net.items(item)
    return Response({"norm": vector.norm().item()})
