from django.db import migrations


def end_all(apps, schema_editor):
    """Sessions were stored under their key in clear: whoever holds an old backup holds those keys."""
    apps.get_model("sessions", "Session").objects.all().delete()
    apps.get_model("usersessions", "UserSession").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_api_keys"),
        ("sessions", "0001_initial"),
        ("usersessions", "0001_initial"),
    ]

    operations = [migrations.RunPython(end_all, migrations.RunPython.noop)]
