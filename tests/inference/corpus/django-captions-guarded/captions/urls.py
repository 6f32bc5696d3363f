from django.urls import path

from captions.views import CaptionView

urlpatterns = [path("caption/", CaptionView.as_view(), name="caption")]
