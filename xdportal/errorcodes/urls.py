from django.urls import path

from xdportal.errorcodes import views

urlpatterns = [
    path("errors/", views.error_codes, name="error-codes"),
    path("errors/<int:code>/", views.error_code, name="error-code"),
]
