from django.db import models
from django.utils.translation import gettext_lazy as _


class ListKind(models.TextChoices):
    """The lists of the provider that a connection can read, by the names of `provider.kinds`."""

    IMAGES = "images", _("images")
    PACKAGES_PAYG = "packages-payg", _("packages by the hour")
    PACKAGES_RENTAL = "packages-rental", _("packages for a period")
    PERSONAL = "personal", _("personal images")
