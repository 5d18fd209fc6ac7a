"""Dates are written in one way: by these functions, in both languages, and in the admin panel."""

import re
from datetime import UTC, date, datetime, time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import formats, timezone, translation

from tests.reading import html_of
from xdportal.accounts.models import Team
from xdportal.lib import dates

AT = datetime(2026, 11, 24, 21, 41, 7, tzinfo=UTC)
TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
FORMATS = {"Y-m-d", "Y-m-d H:i", "Y-m-d H:i:s", "m-d"}


def test_a_time_is_of_the_active_zone() -> None:
    assert (dates.day(AT), dates.minute(AT)) == ("2026-11-25", "2026-11-25 05:41")
    assert dates.second(AT) == "2026-11-25 05:41:07"
    assert dates.full(AT) == "2026-11-25 05:41:07 +08:00"
    with timezone.override("America/St_Johns"):
        assert dates.full(AT) == "2026-11-24 18:11:07 -03:30"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_django_formats_alike(language: str) -> None:
    local = timezone.localtime(AT)
    with translation.override(language):
        assert formats.localize(local) == "2026-11-25 05:41"
        assert formats.localize(date(2026, 11, 25)) == "2026-11-25"
        assert formats.localize(time(5, 41)) == "05:41"
        assert formats.localize_input(date(2026, 11, 25)) == "2026-11-25"


def test_no_template_has_a_format_of_its_own() -> None:
    found = set()
    for path in TEMPLATES.rglob("*.*"):
        text = path.read_text()
        found |= set(re.findall(r"""\|(?:date|time):['"]([^'"]*)['"]""", text))
        assert re.findall(r"naturaltime|timesince|timeuntil|\|(?:date|time)\b(?!:)", text) == []

    assert found <= FORMATS


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_admin_panel_says_the_time_and_its_zone(
    cast: SimpleNamespace, sign_in: Any, language: str
) -> None:
    Team.objects.filter(pk=cast.team.pk).update(created_at=AT)
    ada = sign_in(cast.ada)
    ada.cookies["django_language"] = language
    page = html_of(ada.get("/admin/accounts/team/"))

    assert "2026-11-25 05:41" in page
    assert ">UTC+08:00</span>" in page
