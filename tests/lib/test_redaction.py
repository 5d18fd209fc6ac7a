import base64
import html
import json
import logging
from urllib.parse import quote

import pytest

from xdportal.lib import redaction

SECRET = 'pä55 "wo\\rd"/+=&<密钥'


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
    "url, slashes kept": quote(SECRET),
    "json": json.dumps(SECRET, ensure_ascii=False)[1:-1],
    "json in ASCII": json.dumps(SECRET)[1:-1],
    "html": html.escape(SECRET),
    "python": repr(SECRET)[1:-1],
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_struck_out(named: None, form: str) -> None:
    assert redaction.redact(f"before {FORMS[form]} after") == "before [redacted] after"


@pytest.mark.parametrize("form", FORMS)
def test_one_that_was_cut_is_struck_out_too(named: None, form: str) -> None:
    value = FORMS[form]
    for length in range(redaction.SHORTEST, len(value)):
        assert redaction.redact(f"before {value[:length]}") == "before [redacted]"
        assert redaction.redact(f"before {value[:length]}…") == "before [redacted]"
        assert redaction.redact(f"{value[-length:]} after") == "[redacted] after"


def test_a_text_that_only_begins_like_a_secret_stays(named: None) -> None:
    for harmless in (
        f"{SECRET[:7]} and more",
        f"more, and {SECRET[-7:]}",
        SECRET[:5],
        SECRET[-5:],
        "",
    ):
        assert redaction.redact(harmless) == harmless


@pytest.mark.parametrize("before", ["", "a", "ab", "abc", "user:"])
@pytest.mark.parametrize("after", ["", "z", "zz"])
def test_base64_of_a_text_that_holds_the_secret_no_longer_tells_it(
    named: None, before: str, after: str
) -> None:
    redacted = redaction.redact(base64.b64encode(f"{before}{SECRET}{after}".encode()).decode())

    assert redaction.STRUCK in redacted
    assert len(redacted.replace(redaction.STRUCK, "")) <= 4 * (len(before) // 3 + 1) + 8


def test_an_exception_that_leaves_the_scope_takes_no_secret_along() -> None:
    def fail() -> None:
        with redaction.scope():
            redaction.add(SECRET)
            try:
                raise ValueError(f"sent {SECRET}")
            except ValueError as error:
                raise RuntimeError(f"while sending {SECRET}", 5) from error

    with pytest.raises(RuntimeError) as raised:
        fail()

    assert raised.value.args == ("while sending [redacted]", 5)
    assert raised.value.__cause__.args == ("sent [redacted]",)


def test_nothing_is_struck_out_after_the_scope() -> None:
    with redaction.scope():
        redaction.add(SECRET)
    assert redaction.redact(SECRET) == SECRET


def test_short_values_would_strike_out_harmless_words() -> None:
    with redaction.scope():
        redaction.add("a", "")
        assert redaction.redact("a banana") == "a banana"


def test_log_lines_and_tracebacks_are_redacted(
    named: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.addFilter(redaction.RedactingFilter())
    try:
        raise ValueError(f"the provider said {SECRET}")
    except ValueError:
        logging.getLogger("test").exception("failed with %s", SECRET)

    assert "failed with [redacted]" in caplog.text
    assert "the provider said [redacted]" in caplog.text
    assert SECRET not in caplog.text
