from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.urls import path, reverse_lazy

from xdportal.accounts import views

urlpatterns = [
    path(
        "login/", LoginView.as_view(template_name="accounts/login.html", redirect_authenticated_user=True), name="login"
    ),
    path("logout/", LogoutView.as_view(), name="logout"),
    path(
        "password/",
        PasswordChangeView.as_view(template_name="accounts/password.html", success_url=reverse_lazy("profile")),
        name="password",
    ),
    path("welcome/<str:token>/", views.first_administrator, name="first-administrator"),
    path("settings/profile/", views.profile, name="profile"),
    path("settings/language/", views.set_language, name="set-language"),
    path("settings/theme/", views.set_theme, name="set-theme"),
]
