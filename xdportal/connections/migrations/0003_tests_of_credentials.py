import django.db.models.deletion
from django.db import migrations, models

REASONS = [
    ("auth", "The provider refused the account ID or the secret."),
    ("unreadable", "The stored credential cannot be decrypted: enter it again."),
    (
        "token_expired",
        "A pasted token lives for 30 minutes, and this one is no longer accepted.",
    ),
    ("owner_gone", "Its owner left the team, and the credential was erased."),
    ("by_user", "Paused by a member of the team."),
]


class Migration(migrations.Migration):
    dependencies = [("connections", "0002_kinds")]
    operations = [
        migrations.AddField(
            model_name="connection",
            name="credential_tried_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="connection",
            name="check_asked_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="connection",
            name="reason",
            field=models.CharField(
                blank=True, choices=REASONS, default="", editable=False, max_length=20
            ),
        ),
        migrations.CreateModel(
            name="CredentialTest",
            fields=[
                (
                    "connection",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="credential_test",
                        serialize=False,
                        to="connections.connection",
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("images", models.PositiveIntegerField(null=True)),
                ("outcome", models.CharField(blank=True, default="", max_length=16)),
                ("reason", models.CharField(blank=True, default="", max_length=20)),
                ("http_status", models.PositiveSmallIntegerField(null=True)),
                ("code", models.BigIntegerField(null=True)),
                ("msg", models.CharField(blank=True, default="", max_length=500)),
                ("trace_id", models.CharField(blank=True, default="", max_length=200)),
            ],
            options={"default_permissions": ()},
        ),
    ]
