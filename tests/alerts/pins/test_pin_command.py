"""`manage.py pin` prints the pin's uuid and nothing else."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.items import START, give, items
from xdportal.alerts.models import Pin
from xdportal.catalog.models import Catalog


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("pin", *arguments, stdout=out)
    return out.getvalue()


def test_it_pins_an_id_with_its_present_meaning(catalog: Catalog) -> None:
    give(catalog, items([4005]), START)
    printed = run("--user", "mia", "--team", "render", "--connection", catalog.slug, "4005", "base")

    made = Pin.objects.get()
    assert printed == f"{made.uuid}\n"
    assert (made.name, made.item_id, made.owner) == ("base", "4005", catalog.connection.owner)
    assert made.revision.meaning["version"] == "20.04 x64"


@pytest.mark.parametrize("name", ["rita", "stefan", "nobody"])
def test_whoever_may_not_pin_is_refused(catalog: Catalog, name: str) -> None:
    with pytest.raises(CommandError):
        run("--user", name, "--connection", catalog.slug, "4005")
    assert not Pin.objects.exists()
