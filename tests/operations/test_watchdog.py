"""A dead scheduler: a mail to administrators, a banner on their pages, an all-clear."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from tests.servers import free_port
from xdportal.catalog.models import Sweep
from xdportal.operations import watchdog

SILENT = ("[xdportal] The scheduler is silent: nothing is being checked", "ada@example.com")
BACK = ("[xdportal] The scheduler runs again", "ada@example.com")


def mails() -> list[tuple[str, str]]:
    sent = [(message.subject, message.to[0]) for message in mail.outbox]
    mail.outbox.clear()
    return sent


def look_after(seconds: int) -> list[tuple[str, str]]:
    """Return the mails that are sent so many seconds after the last sweep."""
    watchdog.look(Sweep.objects.get().at + timedelta(seconds=seconds))
    return mails()


def test_administrators_get_one_mail_about_the_silence_and_one_about_its_end(
    cast: SimpleNamespace,
) -> None:
    Sweep.objects.create(at=timezone.now())

    assert (look_after(119), look_after(121), look_after(122)) == ([], [SILENT], [])
    Sweep.objects.update(at=timezone.now())
    assert (look_after(1), look_after(2)) == ([BACK], [])


def test_before_the_first_sweep_nothing_is_mailed(cast: SimpleNamespace) -> None:
    assert watchdog.look(timezone.now())
    assert mails() == []


def test_a_mail_that_is_not_taken_is_tried_again(cast: SimpleNamespace, settings: Any) -> None:
    Sweep.objects.create(at=timezone.now())
    late = Sweep.objects.get().at + timedelta(minutes=5)
    in_memory = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    assert not watchdog.look(late)
    settings.EMAIL_BACKEND = in_memory
    assert watchdog.look(late)
    assert mails() == [SILENT]


def test_without_a_mail_server_the_log_has_it_once(
    cast: SimpleNamespace, settings: Any, capsys: Any
) -> None:
    settings.EMAIL_BACKEND = "xdportal.lib.logged_mail.EmailBackend"
    Sweep.objects.create(at=timezone.now())
    late = Sweep.objects.get().at + timedelta(minutes=5)

    assert [watchdog.look(late) for _look in range(2)] == [True, True]
    assert capsys.readouterr().err.count("The scheduler is silent") >= 1
    assert Sweep.objects.get().silence_told_at == late


@pytest.mark.parametrize(
    ("age", "banner"), [(60, ""), (180, "The scheduler has been silent since")]
)
def test_the_banner_is_the_administrators(
    cast: SimpleNamespace, sign_in: Any, age: int, banner: str
) -> None:
    Sweep.objects.create(at=timezone.now() - timedelta(seconds=age))
    pages = {
        name: sign_in(getattr(cast, name)).get("/").content.decode() for name in ("olga", "ada")
    }

    assert "scheduler" not in pages["olga"]
    assert ("The scheduler" in pages["ada"]) == bool(banner)
    assert banner in pages["ada"]


def test_the_banner_of_a_portal_that_never_swept(cast: SimpleNamespace, sign_in: Any) -> None:
    assert (
        "The scheduler has never run: nothing is being checked. Make"
        in sign_in(cast.ada).get("/").content.decode()
    )
