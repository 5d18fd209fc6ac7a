"""The worker's side: the sweep makes certain, the doorbell makes prompt."""

from celery.utils.log import get_task_logger
from django.conf import settings
from django.utils import timezone
from kombu.exceptions import OperationalError

from xdportal.alerts import receiving
from xdportal.alerts.deliveries import retention, sending
from xdportal.alerts.models import Delivery
from xdportal.catalog.models.due import holds, longest_message
from xdportal.celery import Task, task
from xdportal.connections.shares import share_of_channel

log = get_task_logger(__name__)


@task
def sweep() -> int:
    """Handle what was written, and queue what is due; return how many deliveries were queued."""
    receiving.receive(timezone.now())
    receiving.look_after(timezone.now())
    return queue_due()


@task
def receive() -> int:
    """Handle events now; a doubled message finds none."""
    return receiving.receive(timezone.now())


@task
def send(delivery_id: int) -> str:
    """Return the state after an attempt; empty if there was none.

    Beyond its team's share of the threads a delivery is put back, and the next sweep queues it.
    """
    delivery = Delivery.objects.select_related("channel").filter(pk=delivery_id).first()
    if delivery is None or delivery.channel is None:
        return ""
    with share_of_channel(delivery.channel.team_id, delivery.channel.user_id) as has_share:
        if not has_share:
            Delivery.objects.filter(pk=delivery_id).update(queued_until=None)
            return ""
        record = sending.send(delivery_id)
    return record["state"] if record else ""


@task
def daily() -> int:
    now = timezone.now()
    return retention.prune(now) + retention.prune_events(now)


def ring() -> None:
    """Have events handled soon. A broker that is away loses nothing: the sweep looks, too."""
    _queue(receive)


def queue_due() -> int:
    """Queue the deliveries that are due, each once; return how many."""
    return sum(send_soon(key) for key in sending.due(timezone.now()))


def send_soon(delivery_id: int) -> bool:
    """Queue one delivery unless it is queued. If the broker is away, the sweep queues it later."""
    now = timezone.now()
    until = now + longest_message()
    is_queued = holds("queued_until", now, longest_message())
    free = Delivery.objects.filter(pk=delivery_id).exclude(is_queued)
    if not free.update(queued_until=until):
        return False
    return _queue(send, delivery_id)


def _queue(queued: Task[..., object], *arguments: int) -> bool:
    try:
        queued.apply_async(arguments, expires=settings.MESSAGE_LIFE, retry=False)
    except OperationalError as error:
        log.warning("The broker did not take a message: %s", error)
        return False
    return True
