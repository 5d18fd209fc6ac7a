"""What administrators are mailed about."""

from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver

from xdportal.accounts import mail
from xdportal.accounts.models import User
from xdportal.catalog.models import ShapeChange
from xdportal.catalog.signals import shape_changed


@receiver(shape_changed)
def tell_of_changed_answers(changes: Sequence[ShapeChange], **kwargs: Any) -> None:
    administrators = User.objects.filter(is_superuser=True, is_active=True)
    mail.tell(administrators, "shape_changed", changes=changes)
