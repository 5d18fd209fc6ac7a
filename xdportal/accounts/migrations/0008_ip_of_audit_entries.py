from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_sessions_by_hash")]

    operations = [migrations.RenameField("auditentry", "address", "ip")]
