"""What a message to a channel looks like, from what happened in its team."""

from datetime import datetime

from django.utils import timezone, translation

from xdportal.alerts.channels import sending as senders
from xdportal.alerts.channels.message import Message
from xdportal.alerts.deliveries import outbox, stories
from xdportal.alerts.deliveries.digests import zone_of
from xdportal.alerts.deliveries.messages import Told, language_of, test_message
from xdportal.alerts.deliveries.sending import opened
from xdportal.alerts.models import Channel
from xdportal.catalog.models import Event
from xdportal.lib import redaction

MOST = 3  # events


def preview_of(channel: Channel, at: datetime) -> str:
    """Return the body as it would be sent; empty if the stored address can't be opened."""
    config = opened(channel)
    if config is None:
        return ""
    with redaction.scope():
        message = example(channel, at)
        redaction.add(*senders.secrets_of(config), message.unsubscribe_url)
        text = senders.preview(channel.kind, config, message, at)
        return redaction.redact(text)


def example(channel: Channel, at: datetime) -> Message:
    """Return a message about the team's latest news of pins, or a test if there is none."""
    rows = Event.objects.filter(team=channel.team_id, subject__isnull=False)
    joined = rows.select_related("connection", "catalog__connection", "team").order_by("-pk")
    events = list(joined[:MOST])[::-1]
    with translation.override(language_of(channel)), timezone.override(zone_of(channel)):
        told = Told(stories.of_pins(events, at, as_it_is=False), [], [])
        if not told.entries:
            return test_message(channel, at)
        return told.message(outbox.new(channel, at), channel, events, at)
