"""Stored text is text: on every page, in the admin panel and in exports, no matter who wrote it."""

import csv
import io
import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page

from tests.items import give, item, items
from xdportal.accounts import audit
from xdportal.accounts.models import AuditEntry, Invitation, Team, User
from xdportal.catalog.models import Catalog, Check
from xdportal.connections.models import Connection

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

ATTACKS = {
    "script": "<script>alert(1)</script>",
    "attribute": "\"'><img src=x onerror=alert(1)>",
    "svg": "<svg onload=alert(1)>",
    "link": "javascript:alert(1)",
    "right-to-left": "\u202egnp.exe\u202c",
    "formula": '=HYPERLINK("http://evil.example",1)',
    "template": "{{ 7|add:7 }}{% now 'Y' %}",
}


# A browser treats these as it does the others, so that make test leaves them to make test-full.
RARE = {"svg", "right-to-left", "template"}
EACH = [pytest.param(name, marks=pytest.mark.full if name in RARE else ()) for name in ATTACKS]


@pytest.fixture(params=EACH)
def stage(request: Any, transactional_db: None, cast: SimpleNamespace) -> SimpleNamespace:
    """Every name and every text of the provider is the attack."""
    attack = ATTACKS[request.param]
    User.objects.filter(pk=cast.mia.pk).update(username=attack, first_name=attack)
    Team.objects.filter(pk=cast.team.pk).update(name=attack)
    Team.objects.filter(personal_of=cast.olga).update(name=attack)
    connection = Connection.objects.create(
        team=cast.team, owner=cast.mia, name=attack, environment="production", account_id="A1"
    )
    catalog: Catalog = connection.catalogs.get(kind="images")
    now = timezone.now()
    hostile = item("evil", type=attack[:30], name=attack, version=attack)
    give(catalog, [*items(range(3)), hostile], now - timedelta(hours=2))
    give(
        catalog,
        [*items(range(3)), item("evil", name=attack, version=f"{attack}2")],
        now - timedelta(hours=1),
    )
    check = Check.objects.create(
        catalog=catalog,
        started=now,
        ended=now,
        outcome="provider",
        code=1234,
        msg=attack,
        trace_id=attack,
    )
    Catalog.objects.filter(pk=catalog.pk).update(latest_check=check)
    Invitation.objects.invite(cast.team, "new@example.com", "reader", cast.mia)
    audit.note(AuditEntry.Kind.PAUSED, cast.team, attack, actor=cast.mia, subject=cast.mia)
    User.objects.filter(pk=cast.olga.pk).update(is_staff=True, is_superuser=True)
    return SimpleNamespace(
        attack=attack, slug=connection.slug, check=check.pk, row=connection.pk, mia=cast.mia.pk
    )


def pages(stage: SimpleNamespace) -> list[str]:
    base = f"/c/{stage.slug}"
    return [
        "/",
        f"{base}/images/",
        f"{base}/images/evil/",
        f"{base}/changes/",
        f"{base}/snapshots/",
        f"{base}/snapshots/2/",
        f"{base}/compare/",
        f"{base}/checks/{stage.check}/",
        "/settings/connections/",
        f"/settings/connections/{stage.slug}/",
        "/settings/members/?team=render",
        "/settings/audit/?team=render",
        "/settings/privacy/",
        "/admin/accounts/user/",
        f"/admin/accounts/user/{stage.mia}/change/",
        "/admin/accounts/team/",
        "/admin/accounts/auditentry/",
        "/admin/connections/connection/",
        f"/admin/connections/connection/{stage.row}/change/",
        "/admin/catalog/check/",
        "/admin/catalog/imagelisting/",
        "/admin/failures/",
    ]


def test_on_every_page_it_is_text(
    page: Page,
    live_server: Any,
    stage: SimpleNamespace,
    cast: SimpleNamespace,
    sign_in: Any,
    errors: list[str],
) -> None:
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    cast.olga.refresh_from_db()
    cookie = sign_in(cast.olga).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    seen = 0
    for path in pages(stage):
        answer = page.goto(live_server.url + path)
        assert answer is not None
        assert answer.status == 200, path
        assert (
            page.locator(
                "[onerror], [onload], script:not([src]):not([type]), a[href^='javascript:']"
            ).count()
            == 0
        )
        seen += stage.attack in (page.locator("body").text_content() or "")
        assert "2026</p" not in page.content() or stage.attack != ATTACKS["template"]
    assert dialogs == []
    assert seen > 12, "the text is shown as it was written"


def test_in_exports_it_is_text(stage: SimpleNamespace, cast: SimpleNamespace, sign_in: Any) -> None:
    cast.olga.refresh_from_db()
    client: Client = sign_in(cast.olga)
    for path in (
        f"/c/{stage.slug}/images",
        f"/c/{stage.slug}/changes",
        f"/c/{stage.slug}/snapshots/2",
    ):
        sheet = (
            b"".join(client.get(f"{path}.csv").streaming_content).decode().removeprefix("\ufeff")
        )  # type: ignore[attr-defined]
        cells = [cell for row in csv.reader(io.StringIO(sheet)) for cell in row]
        assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in cells)
        assert any(stage.attack in cell for cell in cells)
        data = json.loads(b"".join(client.get(f"{path}.json").streaming_content))  # type: ignore[attr-defined]
        assert stage.attack in json.dumps(data, ensure_ascii=False).replace('\\"', '"')
    trail = b"".join(client.get("/settings/audit.csv?team=render").streaming_content).decode()  # type: ignore[attr-defined]
    cells = [cell for row in csv.reader(io.StringIO(trail)) for cell in row]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
    assert (
        "attachment" in client.get("/settings/audit.csv?team=render").headers["Content-Disposition"]
    )
