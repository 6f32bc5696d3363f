import joblib
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

model = joblib.load("model.joblib")


class OfferSerializer(serializers.Serializer):
    unit_cost = serializers.FloatField(min_value=1, max_value=500)
    units = serializers.IntegerField(min_value=1)


class PriceView(APIView):
    def post(self, request):  # expect: input-validation/no-model
        serializer = OfferSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        offer = serializer.validated_data
        return Response({"price": float(model.predict([[offer["unit_cost"], offer["units"]]])[0])})
