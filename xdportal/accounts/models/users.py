import uuid
import zoneinfo

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("Unknown time zone."))


def validate_user_name(name: str) -> None:
    """Refuse new names with an "@". Old ones still work unless they are someone's email address."""
    if "@" in name:
        raise ValidationError(
            _("A user name can’t contain “@”: it could be someone’s email address.")
        )


class User(AbstractUser):
    class Language(models.TextChoices):
        BROWSER = "", _("Browser default")
        EN = "en", "English"
        ZH_HANS = "zh-hans", "中文"

    class Theme(models.TextChoices):
        AUTO = "auto", _("System default")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    language = models.CharField(
        _("language"), max_length=10, choices=Language, blank=True, default=""
    )
    time_zone = models.CharField(
        _("time zone"), max_length=64, blank=True, default="", validators=[validate_time_zone]
    )  # empty: that of the site
    theme = models.CharField(_("theme"), max_length=5, choices=Theme, default=Theme.AUTO)
    shortcuts = models.BooleanField(_("one-key shortcuts"), default=True)

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            # Sign-in ignores case: of two names that differ only in case, neither could sign in.
            models.UniqueConstraint(Lower("username"), name="one_user_name_in_any_case"),
        ]
