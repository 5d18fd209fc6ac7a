"""The worker's side: testing a credential, so that no slow provider keeps a web process waiting."""

from contextlib import suppress

from celery.utils.log import get_task_logger
from django.conf import settings
from django.utils import timezone
from kombu.exceptions import OperationalError

from xdportal.celery import task
from xdportal.connections.models import Connection, CredentialTest, CredentialUnreadable
from xdportal.connections.session import try_credential
from xdportal.connections.shares import share_of
from xdportal.connections.signals import check_wanted
from xdportal.lib import logs, redaction
from xdportal.provider.errors import AuthError, ProviderError

log = get_task_logger(__name__)


def queue_test(connection_id: int) -> None:
    """Send the test to a worker. Without a broker it ends at once, and says so."""
    try:
        run_credential_test.apply_async(
            (connection_id,), expires=settings.MESSAGE_LIFE, retry=False
        )
    except OperationalError as error:
        log.warning("The broker did not accept a test: %s", error)
        for test in CredentialTest.objects.filter(connection=connection_id):
            test.end(CredentialTest.NOT_RUN, timezone.now(), reason="no_broker")


@task
def run_credential_test(connection_id: int) -> str:
    """Return the outcome; empty if there is nothing to test any more."""
    with suppress(CredentialTest.DoesNotExist):
        tests = CredentialTest.objects.select_related("connection__team", "connection__owner")
        test = tests.get(connection=connection_id)
        with share_of(test.connection) as has_share:
            if has_share:
                return _run(test)
        test.end(CredentialTest.NOT_RUN, timezone.now(), reason="no_share")
    return ""


def _run(test: CredentialTest) -> str:
    started = timezone.now()
    if not test.begin(started):
        return ""
    with redaction.scope(), logs.about(connection=test.connection.slug):
        try:
            images = try_credential(test.connection, started)
        except CredentialUnreadable:
            _fail(test, AuthError(Connection.Reason.UNREADABLE))
        except ProviderError as error:
            _fail(test, error)
        else:
            _succeed(test, images)
    return test.outcome


def _succeed(test: CredentialTest, images: int) -> None:
    needed_attention = test.connection.state == Connection.State.ATTENTION
    test.end_well(images, timezone.now())
    test.connection.recovered()
    if needed_attention:
        check_wanted.send(Connection, connection=test.connection)


def _fail(test: CredentialTest, error: ProviderError) -> None:
    test.end(error.outcome, timezone.now(), reason=error.reason, details=error.details)
    if isinstance(error, AuthError) and test.started_at is not None:
        test.connection.was_refused(error.reason, test.started_at)
