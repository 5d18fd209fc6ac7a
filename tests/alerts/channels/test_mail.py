"""Mail: text and HTML in the recipient's language, one thread a pin, one click to unsubscribe."""

import smtplib
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.core import mail as outbox
from django.core.exceptions import ValidationError

from tests.robots import LINK, deliver, message
from xdportal.alerts.channels import mail
from xdportal.alerts.channels.base import Config
from xdportal.alerts.channels.message import Entry, Level

OLGA = Config("olga@example.com")


def sent_mail() -> Any:
    [sent] = outbox.outbox
    return message_from_bytes(sent.message().as_bytes(), policy=policy.default)


def test_a_mail_has_text_and_html(settings: Any) -> None:
    settings.SITE_URL = "https://portal.example.com"
    unsubscribe = "https://portal.example.com/unsubscribe/x/"
    links = {
        "unsubscribe_url": unsubscribe,
        "choice_url": "https://portal.example.com/settings/alerts/own/",
    }
    verdict = deliver("mail", OLGA, message(**links, thread="pin 7"), id="msg_9")

    assert (verdict.state, verdict.reason) == ("sent", "ok")
    sent = sent_mail()
    assert sent["To"] == "olga@example.com"
    assert sent["Subject"] == "[xdportal] 2 changes in Production"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["Message-ID"] == "<msg_9@portal.example.com>"
    assert sent["References"] == sent["In-Reply-To"] == "<pin-7@portal.example.com>"
    assert sent["List-Unsubscribe"] == f"<{unsubscribe}>"
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert sent.get_body(("plain",)).get_content() == (
        "2 changes in Production\n"
        "1 critical · 1 notice\n\n"
        "- Critical: Pin render was withdrawn\n"
        "  https://portal.example.com/p/\n"
        "- Image 1000 (Ubuntu) was added\n\n"
        "Choose which mails you get: https://portal.example.com/settings/alerts/own/\n"
        f"Unsubscribe: {unsubscribe}\n\n"
        f"Open in xdportal\n{LINK}\n"
    )


def test_a_mail_is_in_its_readers_language() -> None:
    deliver("mail", OLGA, message(language="zh-hans"))

    text = sent_mail().get_body(("plain",)).get_content()
    assert text.splitlines()[1] == "1 条严重 · 1 条提示"
    assert text.endswith(f"在 xdportal 中打开\n{LINK}\n")
    assert 'lang="zh-hans"' in sent_mail().get_body(("html",)).get_content()


def test_what_a_provider_names_an_image_is_never_html() -> None:
    entry = Entry(Level.INFO, "<b>bold</b> & more")
    deliver("mail", OLGA, message(entries=(entry,), title="<i>\nBcc: x@example.com"))

    html = sent_mail().get_body(("html",)).get_content()
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; more" in html
    assert sent_mail()["Subject"] == "[xdportal] <i> Bcc: x@example.com"
    assert sent_mail()["Bcc"] is None


def test_a_thousand_changes_fit_and_end_with_the_link() -> None:
    deliver("mail", OLGA, message(5000))

    [sent] = outbox.outbox
    assert 75_000 < len(sent.body.encode()) + len(sent.alternatives[0][0].encode()) <= 100_000
    assert sent.body.endswith(f"more\n{LINK}\n")


@pytest.mark.parametrize(
    ("error", "state", "reason", "code"),
    [
        (
            smtplib.SMTPRecipientsRefused({"o": (550, b"no such user")}),
            "attention",
            "recipient",
            "550",
        ),
        (smtplib.SMTPRecipientsRefused({"o": (451, b"greylisted")}), "retry", "recipient", "451"),
        (smtplib.SMTPDataError(554, b"spam"), "failed", "mail_server", "554"),
        (smtplib.SMTPAuthenticationError(535, b"bad password"), "retry", "mail_server", "535"),
        (smtplib.SMTPServerDisconnected("gone"), "retry", "mail_server", ""),
        (ConnectionRefusedError("refused"), "retry", "mail_server", ""),
    ],
)
def test_what_the_mail_server_says_is_the_verdict(
    error: OSError, state: str, reason: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_backend: object, _messages: object) -> int:
        raise error

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    verdict = deliver("mail", OLGA)

    assert (verdict.state, verdict.reason, verdict.code) == (state, reason, code)


def test_a_mail_that_only_the_log_has_was_not_sent(settings: Any, capsys: Any) -> None:
    settings.EMAIL_BACKEND = "xdportal.lib.logged_mail.EmailBackend"
    verdict = deliver("mail", OLGA)

    assert (verdict.state, verdict.reason) == ("failed", "no_server")
    assert "Subject: [xdportal] 2 changes in Production" in capsys.readouterr().err


@pytest.mark.parametrize("address", ["", "olga", "olga@", "a@b.example\nBcc: c@d.example", "x@y@z"])
def test_only_a_mail_address_is_taken(address: str) -> None:
    with pytest.raises(ValidationError) as raised:
        mail.validate(address)
    assert list(raised.value.message_dict) == ["url"]
