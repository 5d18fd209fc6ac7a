"""Every page says in which zone its times are."""

from types import SimpleNamespace
from typing import Any

from tests.reading import html_of
from xdportal.accounts.models import User


def test_it_is_the_viewer_s(cast: SimpleNamespace, sign_in: Any) -> None:
    User.objects.filter(pk=cast.rita.pk).update(time_zone="Asia/Kolkata")

    assert '<span class="muted">UTC+05:30</span>' in html_of(sign_in(cast.rita).get("/errors/"))
    assert '<span class="muted">UTC+08:00</span>' in html_of(sign_in(cast.mia).get("/errors/"))
