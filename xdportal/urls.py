from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from xdportal.alerts.views.unsubscribe import unsubscribe
from xdportal.operations import status, views
from xdportal.operations.help import help_page

# As allauth's documentation says.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", include("xdportal.catalog.urls")),
    path("", include("xdportal.alerts.urls")),
    path("", include("xdportal.connections.urls")),
    path("", include("xdportal.accounts.urls")),
    path("", include("xdportal.errorcodes.urls")),
    path("unsubscribe/<str:token>/", unsubscribe, name="unsubscribe"),
    path("", include("xdportal.api.urls")),
    path("help/", help_page, name="help"),
    path("admin/status/", admin.site.admin_view(status.page), name="admin-status"),
    path(
        "admin/status/test-mail/", admin.site.admin_view(status.test_mail), name="admin-test-mail"
    ),
    path("admin/failures/", admin.site.admin_view(status.failures), name="admin-failures"),
    path("admin/", admin.site.urls),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.metrics, name="metrics"),
]

handler400 = views.bad_request
handler403 = views.forbidden
handler404 = views.not_found
handler500 = views.server_error
