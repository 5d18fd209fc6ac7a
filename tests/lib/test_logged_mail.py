import pytest
from django.core.mail import get_connection, send_mail


def test_a_mail_goes_to_standard_error_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """A command's standard output carries what was asked for."""
    log = get_connection("xdportal.lib.logged_mail.EmailBackend")
    send_mail("Withdrawn", "4005 is gone", "a@example.com", ["b@example.com"], connection=log)
    written = capsys.readouterr()

    assert written.out == ""
    assert "Subject: Withdrawn" in written.err
