from django.db import migrations, models

import xdportal.connections.models


class Migration(migrations.Migration):
    dependencies = [("connections", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="connection",
            name="kinds",
            field=models.JSONField(default=xdportal.connections.models.all_kinds),
        ),
    ]
