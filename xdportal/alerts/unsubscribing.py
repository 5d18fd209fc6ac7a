"""Links in mails by which whoever gets them stops them, without signing in.

A person stops the mails to the own address; of a team's channel, that ends the channel, and its
owners get a mail.
"""

from datetime import datetime

from django.core import signing
from django.db import transaction

from xdportal.accounts import audit
from xdportal.accounts.models import AuditEntry
from xdportal.alerts.channels.reasons import Reason
from xdportal.alerts.deliveries import health
from xdportal.alerts.models import Channel, Kind
from xdportal.alerts.records import absolute

SALT = "alerts.unsubscribe"


def unsubscribe_url(channel: Channel) -> str:
    """Return the link; empty for channels that send no mails."""
    if channel.kind != Kind.MAIL:
        return ""
    token = signing.dumps(str(channel.uuid), salt=SALT)
    return absolute(f"/unsubscribe/{token}/")


def channel_of(token: str) -> Channel | None:
    try:
        uuid = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    return Channel.objects.select_related("team").filter(uuid=uuid, kind=Kind.MAIL).first()


@transaction.atomic
def unsubscribe(channel: Channel, at: datetime) -> None:
    """Switch the channel off; what waits is not sent."""
    if channel.state == Channel.State.OFF:
        return
    health.stop(channel, Channel.State.OFF, Reason.UNSUBSCRIBED)
    health.drop_waiting(channel, at, Reason.UNSUBSCRIBED)
    if channel.team is not None:
        audit.note(AuditEntry.Kind.CHANNEL_CHANGED, channel.team, channel.name)
