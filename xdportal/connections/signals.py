from typing import Any

from django.db.models.signals import pre_delete
from django.dispatch import Signal, receiver

from xdportal.accounts.models import Membership, User
from xdportal.connections.models import Connection

check_wanted = Signal()  # with `connection`, and `account`: whether it is another account from now on


@receiver(pre_delete, sender=Membership)
def orphan_connections_in_team(instance: Membership, **kwargs: Any) -> None:
    for connection in Connection.objects.filter(owner=instance.user_id, team=instance.team_id):
        connection.orphan()


@receiver(pre_delete, sender=User)
def orphan_connections(instance: User, **kwargs: Any) -> None:
    for connection in Connection.objects.filter(owner=instance):
        connection.orphan()
