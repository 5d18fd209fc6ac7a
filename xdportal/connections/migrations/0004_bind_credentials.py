from django.conf import settings
from django.db import migrations
from django.db.models import F

from xdportal.lib.sealing import CannotOpen


def bind_to_the_account(apps, schema_editor):
    """Seal each credential again, bound to its account and environment from now on.

    One that does not open stays: rotate_credential_keys says so, and it has to be entered again.
    """
    connections = apps.get_model("connections", "Connection").objects
    connections.exclude(credential="").update(credential_tried_at=F("credential_saved_at"))
    connections.update(token="", token_expires_at=None)
    keyring = settings.CREDENTIAL_KEYRING
    for row in connections.exclude(credential="").select_related("owner").iterator():
        owner = str(row.owner.uuid) if row.owner else ""
        field = f"credential.{row.credential_kind}"
        context = ["connections.Connection", field, str(row.uuid), owner]
        try:
            text = keyring.open(row.credential, context)
        except CannotOpen:
            continue
        sealed = keyring.seal(text, [*context, row.environment, row.account_id])
        connections.filter(pk=row.pk).update(credential=sealed)


class Migration(migrations.Migration):
    dependencies = [("connections", "0003_tests_of_credentials")]
    operations = [migrations.RunPython(bind_to_the_account, migrations.RunPython.noop)]
