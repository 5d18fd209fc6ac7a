"""SQLite and PostgreSQL order text differently by default; lists shall stand in one order everywhere."""

from django.db import migrations

COLUMNS = ("image_id", "type", "name", "version")


def pin(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        changes = ", ".join(f'ALTER COLUMN {column} TYPE varchar(128) COLLATE "C"' for column in COLUMNS)
        schema_editor.execute(f"ALTER TABLE catalog_listing {changes}")


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]
    operations = [migrations.RunPython(pin, migrations.RunPython.noop)]
