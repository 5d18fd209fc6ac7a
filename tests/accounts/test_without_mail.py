"""Without EMAIL_URL no page says that a mail was sent; the first sign-in says where its link is."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client, override_settings
from django.utils import translation

from tests.reading import html_of
from xdportal.accounts.models import User

SENT = override_settings(MAIL_SERVER_BACKEND="django.core.mail.backends.smtp.EmailBackend")
LOGGED = override_settings(MAIL_SERVER_BACKEND="xdportal.lib.logged_mail.EmailBackend")
NO_MAIL = "This portal can’t send mail"


@pytest.mark.parametrize(
    ("path", "claim"),
    [
        ("/password/reset/", "We will send you a link"),
        ("/password/reset/sent/", "you will get a mail"),
        ("/settings/email/sent/", "We sent you a link"),
    ],
)
def test_public_pages(db: None, path: str, claim: str) -> None:
    with SENT:
        page = html_of(Client().get(path))
        assert (claim in page, NO_MAIL in page) == (True, False)
    with LOGGED:
        page = html_of(Client().get(path))
        assert (claim in page, NO_MAIL in page) == (False, True)


def test_an_invitation_is_to_be_passed_on(cast: SimpleNamespace, sign_in: Any) -> None:
    form = {"email": "nora@example.com", "role": "reader"}
    olga = sign_in(cast.olga)
    with LOGGED:
        assert NO_MAIL in html_of(olga.post("/settings/teams/render/invite/", form))


def test_another_address(cast: SimpleNamespace, sign_in: Any) -> None:
    olga = sign_in(cast.olga)
    with LOGGED:
        form = {"email": "new@example.com", "action_add": ""}
        page = html_of(olga.post("/settings/email/", form, follow=True))

    assert NO_MAIL in page
    assert "email sent" not in page.lower()


def test_before_there_is_an_administrator_the_sign_in_page_says_where_the_link_is(
    db: None,
) -> None:
    assert "manage.py setup_link" in html_of(Client().get("/login/"))
    User.objects.create_superuser("ada", "ada@example.com", "a long enough passphrase")
    assert "manage.py setup_link" not in html_of(Client().get("/login/"))


def test_allauth_s_texts_are_in_a_native_s_chinese() -> None:
    with translation.override("zh-hans"):
        assert translation.gettext("Incorrect code.") == "验证码错误。"
        assert "Hello" not in translation.gettext("Hello from %(site_name)s!")
