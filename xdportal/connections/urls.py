from django.urls import include, path

from xdportal.connections import views

connection_urls = [
    path("", views.connection_detail, name="connection"),
    path("credential/", views.connection_credential, name="connection-credential"),
    path("kinds/", views.connection_kinds, name="connection-kinds"),
    path("test/", views.connection_test, name="connection-test"),
    path("default/", views.connection_default, name="connection-default"),
    path("pause/", views.connection_pause, name="connection-pause"),
    path("resume/", views.connection_resume, name="connection-resume"),
    path("move/", views.connection_move, name="connection-move"),
    path("delete/", views.connection_delete, name="connection-delete"),
]

urlpatterns = [
    path("settings/connections/", views.connection_list, name="connections"),
    path("settings/connections/new/", views.connection_add, name="connection-add"),
    path("settings/connections/<slug:slug>/", include(connection_urls)),
]
