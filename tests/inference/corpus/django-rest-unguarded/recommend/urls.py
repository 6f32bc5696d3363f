from django.urls import path

from recommend import views

urlpatterns = [
    path("users/<int:user_id>/items/", views.RecommendView.as_view()),
    path("similar/", views.similar),
]
