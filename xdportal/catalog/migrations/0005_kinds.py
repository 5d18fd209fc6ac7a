"""Lists of any kind. The images' tables keep their names, their columns and their rows.

What is renamed in the code only is changed in Django's state and not in the database.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Length

IS_OPEN = models.Q(ended=None)
IS_ENDED = models.Q(ended__isnull=False)
HALF_OPEN = models.Q(("ended", None), ("ended__gt", models.F("first")), _connector="OR")


def text(**options):
    return models.CharField(max_length=128, **options)


def number(**options):
    return models.PositiveIntegerField(**options)


def indexes(prefix, of_item):
    return [
        models.Index(condition=IS_ENDED, fields=["catalog", "ended"], name=f"{prefix}_ended"),
        models.Index(fields=["catalog", "first"], name=f"{prefix}_first"),
        models.Index(condition=IS_OPEN, fields=["catalog", "first"], name=f"{prefix}_open_first"),
        models.Index(fields=["catalog", "item_id", "first"], name=of_item),
        models.Index(
            models.F("catalog"),
            Length("item_id"),
            models.F("item_id"),
            condition=IS_OPEN,
            name=f"{prefix}_open_natural",
        ),
    ]


def constraints(prefix, content):
    return [
        models.UniqueConstraint(
            condition=IS_OPEN, fields=("catalog", *content), name=f"{prefix}_open"
        ),
        models.CheckConstraint(condition=HALF_OPEN, name=f"{prefix}_half_open"),
    ]


def rename_listing():
    """The images' listings under their new names."""
    old_indexes = ["listing_ended", "listing_first", "listing_open_first", "listing_of_image", "listing_open_natural"]
    return [
        *(migrations.RemoveConstraint("listing", name) for name in ("listing_open", "listing_half_open")),
        *(migrations.RemoveIndex("listing", name) for name in old_indexes),
        migrations.RenameModel("Listing", "ImageListing"),
        migrations.AlterModelTable("imagelisting", "catalog_listing"),
        migrations.RenameField("imagelisting", "image_id", "item_id"),
        migrations.AlterField("imagelisting", "item_id", text(db_column="image_id")),
        migrations.RenameField("imagelisting", "seen", "first_seen"),
        migrations.AlterField("imagelisting", "first_seen", number(db_column="seen")),
        migrations.AlterField(
            "imagelisting",
            "catalog",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="catalog.catalog",
            ),
        ),
        *(
            migrations.AddConstraint("imagelisting", constraint)
            for constraint in constraints("listing", ["name", "version", "item_id", "type"])
        ),
        *(migrations.AddIndex("imagelisting", index) for index in indexes("listing", "listing_of_image")),
        migrations.AlterModelOptions(
            "imagelisting",
            {"verbose_name": "listing of an image", "verbose_name_plural": "listings of images"},
        ),
    ]


def rename_note():
    return [
        migrations.RemoveConstraint("note", "one_note_an_image"),
        migrations.RenameField("note", "image_id", "item_id"),
        migrations.AlterField("note", "item_id", text(db_column="image_id")),
        migrations.AddConstraint(
            "note", models.UniqueConstraint(fields=("catalog", "item_id"), name="one_note_an_image")
        ),
    ]


def rename_held():
    return [
        migrations.RenameModel("HeldAnswer", "QuarantinedAnswer"),
        migrations.AlterModelTable("quarantinedanswer", "catalog_heldanswer"),
        migrations.AlterField(
            "quarantinedanswer",
            "catalog",
            models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="quarantined",
                to="catalog.catalog",
            ),
        ),
    ]


def fill_facets(apps, schema_editor):
    """Of the latest snapshots alone: no page asks for the counts of earlier ones."""
    Catalog = apps.get_model("catalog", "Catalog")
    Snapshot = apps.get_model("catalog", "Snapshot")
    latest = Catalog.objects.exclude(latest_snapshot=None).values("latest_snapshot")
    for snapshot in Snapshot.objects.filter(pk__in=latest):
        facets = {"type": snapshot.types}
        if snapshot.systems is not None:
            facets["name"] = snapshot.systems
        Snapshot.objects.filter(pk=snapshot.pk).update(facets=facets)


def empty_facets(apps, schema_editor):
    """The counts of the former version are filled by the next snapshot."""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0004_note"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[*rename_listing(), *rename_note(), *rename_held()],
            database_operations=[],
        ),
        migrations.RenameField("check", "image_count", "item_count"),
        migrations.RenameField("snapshot", "image_count", "item_count"),
        migrations.AddField("snapshot", "facets", models.JSONField(null=True)),
        migrations.RunPython(fill_facets, empty_facets),
        migrations.RemoveField("snapshot", "types"),
        migrations.RemoveField("snapshot", "systems"),
    ]
