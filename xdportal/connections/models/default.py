from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.models import User
from xdportal.connections.models.connection import Connection


class DefaultConnection(models.Model):
    """The connection that a person looks at first, of those of a team."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("default connection")
        verbose_name_plural = _("default connections")
        constraints = [
            models.UniqueConstraint(fields=["user", "connection"], name="one_default_a_connection")
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.connection}"

    @classmethod
    def of(cls, user: int, path: str) -> Exists:
        """Return whether the connection to which the path leads is the default of a user by key."""
        return Exists(cls.objects.filter(user=user, connection=OuterRef(path)))

    @classmethod
    @transaction.atomic
    def choose(cls, user: User, connection: Connection) -> None:
        """Make it the user's default in its team."""
        cls.objects.filter(user=user, connection__team=connection.team_id).delete()
        cls.objects.create(user=user, connection=connection)

    @classmethod
    def is_of(cls, user: User, connection: Connection) -> bool:
        return cls.objects.filter(user=user, connection=connection).exists()

    @classmethod
    def forget(cls, user: User, connection: Connection) -> None:
        cls.objects.filter(user=user, connection=connection).delete()
