from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.urls import reverse

from xdportal.accounts.models import Invitation, User


class Command(BaseCommand):
    help = (
        "Print a link that creates the first administrator, if there is none yet. It works once, "
        "within 24 hours."
    )

    def handle(self, **options: Any) -> None:
        if User.objects.filter(is_superuser=True).exists():
            self.stderr.write("There is an administrator already; no link is needed.")
            return
        path = reverse("first-administrator", args=[Invitation.objects.issue()])
        self.stdout.write(settings.SITE_URL + path)
