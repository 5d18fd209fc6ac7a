"""Links by which a person stops the mails to the own address, without signing in."""

from django.core import signing

from xdportal.alerts.models import Channel
from xdportal.alerts.records import absolute

SALT = "alerts.unsubscribe"


def unsubscribe_url(channel: Channel) -> str:
    """Return the link; empty for channels that are not one person's."""
    if channel.user_id is None:
        return ""
    token = signing.dumps(str(channel.uuid), salt=SALT)
    return absolute(f"/unsubscribe/{token}/")


def channel_of(token: str) -> Channel | None:
    try:
        uuid = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    return Channel.objects.filter(uuid=uuid, user__isnull=False).first()


def unsubscribe(channel: Channel) -> None:
    Channel.objects.filter(pk=channel.pk).update(state=Channel.State.OFF)
