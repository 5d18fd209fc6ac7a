import logging
from itertools import count

from django.db import migrations, models
from django.db.models import Count
from django.db.models.functions import Lower

log = logging.getLogger(__name__)
LONGEST = 150


def rename_twins(apps, schema_editor):
    """The older account keeps the name: it is the younger one that came beside it and locked both out.

    To stop here instead would leave the portal down until somebody renames users without it.
    """
    users = apps.get_model("accounts", "User").objects.using(schema_editor.connection.alias)
    lower = users.annotate(lower=Lower("username"))
    twins = lower.values("lower").annotate(number=Count("pk")).filter(number__gt=1).order_by("lower")
    for name in list(twins.values_list("lower", flat=True)):
        for user in list(lower.filter(lower=name).order_by("pk")[1:]):
            user.username, before = free_name(lower, user.username), user.username
            user.save(update_fields=["username"])
            log.warning("The user name %r differed from another in case alone: it is %r now.", before, user.username)


def free_name(lower, name):
    names = (f"{name[: LONGEST - 8]}-{number}" for number in count(2))
    return next(one for one in names if not lower.filter(lower=Lower(models.Value(one))).exists())


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_audit_of_notes"),
    ]

    operations = [
        migrations.RunPython(rename_twins, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(Lower("username"), name="one_user_name_in_any_case"),
        ),
    ]
