"""How long the link of a forgotten password works."""

import time
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.test import Client

from xdportal.accounts import tasks


@pytest.mark.parametrize(("hours", "works"), [(3.9, True), (4.1, False), (71, False)])
def test_it_works_for_four_hours(
    cast: SimpleNamespace, mailoutbox: Any, hours: float, works: bool
) -> None:
    tasks.send_password_reset(cast.mia.pk)
    path = next(word for word in mailoutbox[0].body.split() if "/password/reset/" in word)
    with time_machine.travel(time.time() + hours * 3600):
        page = (
            Client().get(path.removeprefix("http://127.0.0.1:8000"), follow=True).content.decode()
        )

    assert ('name="password1"' in page) is works
