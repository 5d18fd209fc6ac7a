"""The tables of packages and personal images, and these lists for each connection."""

from datetime import timedelta

import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models
from django.utils import timezone


def add_catalogs(apps, schema_editor):
    """Each connection gets the new lists, due within one interval, spread evenly."""
    Catalog = apps.get_model("catalog", "Catalog")
    Connection = apps.get_model("connections", "Connection")
    now = timezone.now()
    connections = list(Connection.objects.order_by("pk").values_list("pk", "interval"))
    for place, (connection_id, interval) in enumerate(connections):
        wait = timedelta(seconds=interval) * (place / len(connections))
        for kind in ("packages-payg", "packages-rental", "personal"):
            Catalog.objects.get_or_create(
                connection_id=connection_id, kind=kind, defaults={"next_check_at": now + wait}
            )


def remove_catalogs(apps, schema_editor):
    apps.get_model("catalog", "Catalog").objects.exclude(kind="images").delete()


PACKAGE = [
    *("name", "type", "gpu", "gpu_count", "cpu", "memory", "disk", "bandwidth"),
    *("area", "machine_type", "use_type", "price", "discount"),
]
PERSONAL = ["image_id", "name", "os", "size", "data_center", "status", "created"]
COLLATED = {"catalog_packagelisting": ["item_id", *PACKAGE], "catalog_personallisting": ["item_id", *PERSONAL]}


def pin_order(apps, schema_editor):
    """Text in the same order on both databases, as in 0002."""
    if schema_editor.connection.vendor != "postgresql":
        return
    for table, columns in COLLATED.items():
        changes = ", ".join(f'ALTER COLUMN {column} TYPE varchar(128) COLLATE "C"' for column in columns)
        schema_editor.execute(f"ALTER TABLE {table} {changes}")


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_user_names_in_any_case'),
        ('catalog', '0005_kinds'),
        ('connections', '0002_kinds'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='catalog',
            options={'verbose_name': 'list', 'verbose_name_plural': 'lists'},
        ),
        migrations.AddField(
            model_name='catalog',
            name='enabled',
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name='catalog',
            name='problem',
            field=models.CharField(blank=True, default='', max_length=20),
        ),
        migrations.AddField(
            model_name='catalog',
            name='stale_since',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='catalog',
            name='kind',
            field=models.CharField(choices=[('images', 'images'), ('packages-payg', 'packages by the hour'), ('packages-rental', 'packages for a period'), ('personal', 'personal images')], default='images', max_length=16),
        ),
        migrations.AlterField(
            model_name='snapshot',
            name='item_count',
            field=models.PositiveIntegerField(verbose_name='number of items'),
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('type', models.CharField(choices=[('catalog.changed', 'The list changed'), ('catalog.held', 'An unusual answer is waiting for confirmation'), ('catalog.released', 'An unusual answer was settled'), ('catalog.failing', 'Checks keep failing'), ('catalog.recovered', 'Checks work again'), ('catalog.stale', 'The list is out of date'), ('catalog.fresh', 'The list is up to date again'), ('connection.attention', 'The connection needs attention'), ('connection.recovered', 'The connection works again'), ('connection.paused', 'The connection was paused')], max_length=32)),
                ('at', models.DateTimeField()),
                ('data', models.JSONField(default=dict)),
                ('claimed_until', models.DateTimeField(null=True)),
                ('handled_at', models.DateTimeField(null=True)),
                ('catalog', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='events', to='catalog.catalog')),
                ('connection', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='connections.connection')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.team')),
            ],
            options={
                'verbose_name': 'event',
                'verbose_name_plural': 'events',
                'indexes': [models.Index(condition=models.Q(('handled_at', None)), fields=['id'], name='event_unhandled'), models.Index(fields=['team', '-id'], name='event_of_team')],
            },
        ),
        migrations.CreateModel(
            name='PackageListing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item_id', models.CharField(max_length=128)),
                ('first', models.PositiveIntegerField()),
                ('ended', models.PositiveIntegerField(null=True)),
                ('first_seen', models.PositiveIntegerField()),
                ('digest', models.BinaryField(max_length=8)),
                ('name', models.CharField(max_length=128)),
                ('type', models.CharField(max_length=128)),
                ('gpu', models.CharField(max_length=128)),
                ('gpu_count', models.CharField(max_length=128)),
                ('cpu', models.CharField(max_length=128)),
                ('memory', models.CharField(max_length=128)),
                ('disk', models.CharField(max_length=128)),
                ('bandwidth', models.CharField(max_length=128)),
                ('area', models.CharField(max_length=128)),
                ('machine_type', models.CharField(max_length=128)),
                ('use_type', models.CharField(max_length=128)),
                ('price', models.CharField(max_length=128)),
                ('discount', models.CharField(max_length=128)),
                ('catalog', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.catalog')),
            ],
            options={
                'verbose_name': 'listing of a package',
                'verbose_name_plural': 'listings of packages',
                'indexes': [models.Index(condition=models.Q(('ended__isnull', False)), fields=['catalog', 'ended'], name='package_ended'), models.Index(fields=['catalog', 'first'], name='package_first'), models.Index(condition=models.Q(('ended', None)), fields=['catalog', 'first'], name='package_open_first'), models.Index(fields=['catalog', 'item_id', 'first'], name='listing_of_package'), models.Index(models.F('catalog'), django.db.models.functions.text.Length('item_id'), models.F('item_id'), condition=models.Q(('ended', None)), name='package_open_natural')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended', None)), fields=('catalog', 'item_id', 'digest'), name='package_open'), models.CheckConstraint(condition=models.Q(('ended', None), ('ended__gt', models.F('first')), _connector='OR'), name='package_half_open')],
            },
        ),
        migrations.CreateModel(
            name='PersonalListing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item_id', models.CharField(max_length=128)),
                ('first', models.PositiveIntegerField()),
                ('ended', models.PositiveIntegerField(null=True)),
                ('first_seen', models.PositiveIntegerField()),
                ('digest', models.BinaryField(max_length=8)),
                ('image_id', models.CharField(max_length=128)),
                ('name', models.CharField(max_length=128)),
                ('os', models.CharField(max_length=128)),
                ('size', models.CharField(max_length=128)),
                ('data_center', models.CharField(max_length=128)),
                ('status', models.CharField(max_length=128)),
                ('created', models.CharField(max_length=128)),
                ('catalog', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.catalog')),
            ],
            options={
                'verbose_name': 'listing of a personal image',
                'verbose_name_plural': 'listings of personal images',
                'indexes': [models.Index(condition=models.Q(('ended__isnull', False)), fields=['catalog', 'ended'], name='personal_ended'), models.Index(fields=['catalog', 'first'], name='personal_first'), models.Index(condition=models.Q(('ended', None)), fields=['catalog', 'first'], name='personal_open_first'), models.Index(fields=['catalog', 'item_id', 'first'], name='listing_of_personal'), models.Index(models.F('catalog'), django.db.models.functions.text.Length('item_id'), models.F('item_id'), condition=models.Q(('ended', None)), name='personal_open_natural')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended', None)), fields=('catalog', 'item_id', 'digest'), name='personal_open'), models.CheckConstraint(condition=models.Q(('ended', None), ('ended__gt', models.F('first')), _connector='OR'), name='personal_half_open')],
            },
        ),
        migrations.RunPython(pin_order, migrations.RunPython.noop),
        migrations.RunPython(add_catalogs, remove_catalogs),
    ]
