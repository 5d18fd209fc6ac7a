from django.conf import settings
from django.db import migrations

from xdportal.lib.sealing import CannotOpen

UNBOUND = ["mfa.Authenticator", "secret"]


def bind(apps, schema_editor):
    """Bind the secrets to their user. One whose key is missing stays for `rotate_credential_keys`."""
    authenticators = apps.get_model("mfa", "Authenticator").objects
    for row in authenticators.iterator():
        data = {name: _sealed(row, name, value) for name, value in row.data.items()}
        if data != row.data:
            authenticators.filter(pk=row.pk).update(data=data)


def _sealed(row, name, value):
    if name not in ("secret", "seed"):
        return value
    ring = settings.CREDENTIAL_KEYRING
    try:
        text = ring.open(value, UNBOUND)
    except CannotOpen:
        return value
    return ring.seal(text, ["mfa.Authenticator", name, str(row.user_id)])


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0011_renewed_keys"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [migrations.RunPython(bind, migrations.RunPython.noop, elidable=True)]
