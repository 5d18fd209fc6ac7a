"""The page of one connection."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone

from xdportal.accounts import teams
from xdportal.accounts.access import Viewer
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.connections import access, hooks
from xdportal.connections.forms import (
    ConnectionForm,
    CredentialForm,
    DeleteForm,
    KindsForm,
    MoveForm,
)
from xdportal.connections.models import Connection, CredentialTest, DefaultConnection

WAITING = "waiting"  # in the address of a poll: the page was shown before the first list


def detail(request: AuthenticatedRequest, connection: Connection, **forms: Any) -> HttpResponse:
    """Render the page; a form that was refused is shown in it with what was wrong.

    A page that was waiting for the first list moves on to it.
    """
    viewer = request.viewer
    teams.show(request, connection.team)
    panels = hooks.panels(connection, viewer)
    first_list = next((panel.first_list for panel in panels if panel.first_list), "")
    if first_list and WAITING in request.GET and "HX-Request" in request.headers:
        return HttpResponse(headers={"HX-Location": first_list})
    context = {
        "connection": connection,
        "panels": panels,
        "first_list": first_list,
        "is_default": DefaultConnection.is_of(request.user, connection),
        **_state(connection, panels, timezone.now()),
        **_rights(connection, viewer),
        **_forms(connection, viewer),
        **forms,
    }
    return render(request, "connections/detail.html", context)


def settings_form(
    connection: Connection, viewer: Viewer, data: QueryDict | None = None
) -> ConnectionForm:
    form = ConnectionForm(data, instance=connection)
    if not access.is_own(connection, viewer):
        form.fix_account()
    return form


def _state(connection: Connection, panels: list[hooks.Panel], now: datetime) -> dict[str, Any]:
    test = CredentialTest.of(connection)
    is_testing = test is not None and test.is_open(now)
    return {
        "test": test,
        "test_state": test.state(now) if test else "",
        "is_testing": is_testing,
        "is_busy": is_testing or any(panel.is_busy for panel in panels),
    }


def _rights(connection: Connection, viewer: Viewer) -> dict[str, bool]:
    return {
        "may_steer": access.may_steer(connection, viewer),
        "may_resume": access.may_resume(connection, viewer),
        "may_delete": access.may_delete(connection, viewer),
        "is_own": access.is_own(connection, viewer),
        "may_take_over": access.may_take_over(connection, viewer),
    }


def _forms(connection: Connection, viewer: Viewer) -> dict[str, Any]:
    return {
        "form": settings_form(connection, viewer),
        "kinds_form": KindsForm(initial={"kinds": connection.kinds}),
        "credential_form": CredentialForm(),
        "move_form": MoveForm(connection, viewer),
        "delete_form": DeleteForm(connection),
        "losses": hooks.losses(connection),
    }
