import base64
import logging
from urllib.parse import quote

import pytest

from xdportal.lib import redaction

SECRET = 'pä55 "word"/+=&'


@pytest.fixture
def named() -> object:
    with redaction.scope():
        redaction.add(SECRET)
        yield


FORMS = {
    "plain": SECRET,
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "base64url": base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="),
    "url": quote(SECRET, safe=""),
    "hex": SECRET.encode().hex(),
    "json": SECRET.replace('"', '\\"'),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_struck_out(named: None, form: str) -> None:
    assert redaction.redact(f"before {FORMS[form]} after") == "before [redacted] after"


def test_nothing_is_struck_out_after_the_scope() -> None:
    with redaction.scope():
        redaction.add(SECRET)
    assert redaction.redact(SECRET) == SECRET


def test_short_values_would_strike_out_harmless_words() -> None:
    with redaction.scope():
        redaction.add("a", "")
        assert redaction.redact("a banana") == "a banana"


def test_log_lines_and_tracebacks_are_redacted(named: None, caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(redaction.RedactingFilter())
    try:
        raise ValueError(f"the provider said {SECRET}")
    except ValueError:
        logging.getLogger("test").exception("failed with %s", SECRET)

    assert "failed with [redacted]" in caplog.text
    assert "the provider said [redacted]" in caplog.text
    assert SECRET not in caplog.text
