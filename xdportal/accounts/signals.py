from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_save
from django.dispatch import receiver

from xdportal.accounts.models import Team, User


@receiver(user_logged_in)
def have_personal_team(user: User, **kwargs: Any) -> None:
    """For users that a bulk insert made: those send no post_save."""
    Team.objects.personal(user)


@receiver(post_save, sender=User)
def make_personal_team(instance: User, created: bool, raw: bool, **kwargs: Any) -> None:
    if created and not raw:  # `loaddata` brings the team itself
        Team.objects.personal(instance)
