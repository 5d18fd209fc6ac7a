"""Check my IDs: a pasted text in, four piles out."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.alerts.stage import pin
from tests.items import give, item, items, package, personal
from tests.traces import stored
from xdportal.accounts.models import Membership, Team
from xdportal.alerts.models import Pin
from xdportal.alerts.pages.ids import Heap, Result
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection
from xdportal.errorcodes.decoder import MAX_BYTES

NOW = timezone.now
FILLING = items(range(100, 120))  # so that no list is suspect


def add(cast: SimpleNamespace, name: str, **fields: Any) -> Connection:
    values = {"team": cast.team, "owner": cast.mia, "environment": "production", **fields}
    return Connection.objects.create(name=name, account_id="A1", **values)


def images_of(connection: Connection) -> Catalog:
    return connection.catalogs.get(kind="images")


def list_images(connection: Connection, *days: list[dict[str, Any]]) -> Catalog:
    """Give one list a day; the last one a minute ago."""
    catalog = images_of(connection)
    for number, rows in enumerate(days, 1):
        age = timedelta(days=len(days) - number, minutes=1)
        give(catalog, [*rows, *FILLING], NOW() - age)
    return catalog


@pytest.fixture
def prod(cast: SimpleNamespace) -> Connection:
    """4001 to 4006 are fine, 4101 changed its system, 4102 its type, 4201 was withdrawn."""
    prod = add(cast, "Prod")
    fine = items(range(4001, 4007))
    before = [item("4101", name="Rocky Linux"), item("4102", type="BL"), item("4201", name="Old")]
    after = [
        item("4101", name="CentOS"),
        item("4102", type="SC"),
        item("4301", name="Old"),
        item("4302", name="Rocky Linux"),
    ]
    list_images(prod, [*fine, *before], [*fine, *after])
    give(prod.catalogs.get(kind="packages-payg"), [package("teTapaSUFq")], NOW())
    give(prod.catalogs.get(kind="personal"), [personal("881234567")], NOW())
    return prod


@pytest.fixture
def mia(cast: SimpleNamespace, sign_in: Any) -> Client:
    return sign_in(cast.mia)


def check(client: Client, text: str, **fields: str) -> Result:
    page = client.post("/check/?team=render", {"text": text, **fields})
    assert page.status_code == 200
    result = page.context["result"]
    assert isinstance(result, Result)
    return result


def piles(result: Result) -> dict[str, list[str]]:
    return {heap.pile.value: heap.ids.split() for heap in result.heaps}


def heap(result: Result, name: str) -> Heap:
    return next(heap for heap in result.heaps if heap.pile == name)


def a_script() -> str:
    """Return two hundred lines: ids of every pile, and numbers that are none."""
    lines = [
        "#!/bin/sh",
        "# image ids of the farm; see ticket 4999",
        'export IMAGE_ID="4001"',
        "PORT=8080",
        "DISK_SIZE=500",
        'create --image-id 4101 --package-id "teTapaSUFq" --disk-size 200 --port 22',
        "images:",
        "  - 4002",
        "  - 4201",
        "ports:",
        "  - 4003",
        "  - 8443",
        'resource "host" "nuke" { image_id = "4102", timeout = 3600, memory = 4005 }',
        """curl -d '{"imageId": "7021", "size": 4006}' https://api.example.com:4004/v1/hosts""",
        "2026-11-25 05:41:07 ERROR image 9999 was not found, retry in 300 seconds",
        "personal_image_id: 881234567",
    ]
    for number in range(200 - len(lines)):
        lines.append(f"STEP_{number}_TIMEOUT={4000 + number}  # port {4000 + number}")
    return "\n".join(lines)


def test_a_script_of_two_hundred_lines_makes_exact_piles(
    cast: SimpleNamespace, mia: Client, prod: Connection
) -> None:
    sandbox = add(cast, "Sandbox", environment="sandbox")
    list_images(sandbox, [item("7021", name="Debian")])
    script = a_script()
    assert len(script.splitlines()) == 200
    result = check(mia, script, connection=prod.slug)

    assert piles(result) == {
        "changed": ["4101", "4102"],
        "withdrawn": ["4201"],
        "never": ["7021", "9999"],
        "fine": ["4001", "teTapaSUFq", "4002", "881234567"],
    }
    assert (result.total, result.broken, result.left_out) == (9, 3, 0)


def test_a_change_says_from_what_to_what_since_when_and_what_to_use(
    mia: Client, prod: Connection
) -> None:
    result = check(mia, "image_id=4101\nimage_id=4201")
    [changed], [withdrawn] = heap(result, "changed").rows, heap(result, "withdrawn").rows
    parts = [(part.was, part.now) for part in changed.answers[0].parts if part.is_changed]

    assert parts == [("Rocky Linux", "CentOS")]
    assert changed.answers[0].answer.grade == "system"
    assert NOW() - changed.answers[0].answer.fate.at < timedelta(minutes=2)
    assert [(one.item_id, one.reason) for one in changed.instead] == [("4302", "same")]
    assert [(one.item_id, one.reason) for one in withdrawn.instead] == [("4301", "same")]


def test_a_change_before_the_day_asked_for_is_none(mia: Client, prod: Connection) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)

    assert piles(check(mia, "4101", since=tomorrow.isoformat()))["fine"] == ["4101"]
    assert piles(check(mia, "4101"))["changed"] == ["4101"]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_day_asked_for_stays_in_its_field(mia: Client, prod: Connection, language: str) -> None:
    mia.cookies["django_language"] = language
    page = mia.post("/check/?team=render", {"text": "4101", "since": "2026-11-25"})

    assert '<input type="date" name="since" value="2026-11-25"' in page.content.decode()


def test_a_pin_says_what_an_id_has_to_mean(mia: Client, prod: Connection) -> None:
    pin(images_of(prod), "4101", NOW(), "new-base")
    result = check(mia, "4101 4001")

    assert piles(result)["fine"] == ["4101", "4001"]
    assert [pinned.name for pinned in heap(result, "fine").rows[0].case.pins] == ["new-base"]
    assert [one.ids for one in result.unpinned] == [["4001"]]


# The corrected text


def correct(client: Client, text: str) -> str:
    page = client.post("/check/?team=render", {"text": text})
    correction = page.context["correction"]
    return correction["corrected"].value() if correction else ""


def test_broken_ids_are_replaced_where_exactly_one_id_means_the_same(
    mia: Client, prod: Connection
) -> None:
    text = "image_id = 4101\nport = 4101\n\nimage: 4102  # many mean the same\nimage_id=4201\n"
    expected = text.replace("id = 4101", "id = 4302").replace("4201", "4301")

    assert correct(mia, text) == expected
    assert check(mia, text).corrections == {"4101": "4302", "4201": "4301"}


def test_a_script_keeps_its_lines(mia: Client, prod: Connection) -> None:
    before = a_script().splitlines()
    after = correct(mia, a_script()).splitlines()
    differing = [number for number, line in enumerate(before) if line != after[number]]

    assert len(after) == len(before)
    assert differing == [5, 8]


def test_what_fits_nothing_or_several_is_left_to_people(mia: Client, prod: Connection) -> None:
    rows = [item("4301", name="Old"), item("4303", name="Old"), item("4101", name="CentOS")]
    give(images_of(prod), [*rows, item("4302", name="Rocky Linux"), *FILLING], NOW())

    assert correct(mia, "image: 4201") == ""
    assert correct(mia, "image: 4201\nimage: 4101") == "image: 4201\nimage: 4302"


def test_a_later_version_is_no_correction(cast: SimpleNamespace, mia: Client) -> None:
    before, after = item("4401", name="Debian"), item("4402", name="Debian", version="22.04")
    list_images(add(cast, "QA"), [before, after], [after])
    result = check(mia, "image: 4401")

    assert [one.reason for one in heap(result, "withdrawn").rows[0].instead] == ["later"]
    assert result.corrections == {}


def test_every_list_that_misses_an_id_must_have_its_replacement(
    cast: SimpleNamespace, mia: Client, prod: Connection
) -> None:
    gone, instead = item("4201", name="Old"), item("4301", name="Old")
    qa = list_images(add(cast, "QA"), [gone], [instead])
    [row] = heap(check(mia, "image: 4201"), "withdrawn").rows
    assert [place.name for place in row.answers[0].answer.places] == ["Prod", "QA"]
    assert correct(mia, "image: 4201") == "image: 4301"

    give(qa, [item("4301", name="Old", version="22.04"), *FILLING], NOW())
    assert correct(mia, "image: 4201") == ""


def test_lists_that_disagree_or_are_out_of_date_correct_nothing(
    cast: SimpleNamespace, mia: Client, prod: Connection
) -> None:
    list_images(add(cast, "QA"), [item("4201", name="Old")])
    assert check(mia, "image: 4201").corrections == {}
    assert check(mia, "image: 4201", connection=prod.slug).corrections == {"4201": "4301"}

    Catalog.objects.filter(connection=prod).update(last_ok_at=NOW() - timedelta(days=1))
    assert check(mia, "image: 4201", connection=prod.slug).corrections == {}


def test_an_id_that_was_pinned_with_two_meanings_is_not_replaced(
    cast: SimpleNamespace, mia: Client
) -> None:
    qa = images_of(add(cast, "QA"))
    give(qa, [item("4101", name="Rocky Linux"), *FILLING], NOW() - timedelta(days=2))
    pin(qa, "4101", NOW() - timedelta(days=2), "old")
    new = [item("4101", name="CentOS"), item("4302", name="Rocky Linux"), *FILLING]
    give(qa, new, NOW() - timedelta(minutes=1))
    assert check(mia, "image: 4101").corrections == {"4101": "4302"}

    pin(qa, "4101", NOW(), "new")
    assert piles(check(mia, "image: 4101"))["changed"] == ["4101"]
    assert check(mia, "image: 4101").corrections == {}


def test_the_page_shows_the_corrected_text_as_it_is(mia: Client, prod: Connection) -> None:
    page = mia.post("/check/?team=render", {"text": "\nimage: 4201 <b>&\n\n"})

    html = page.content.decode()
    assert ">\n\nimage: 4301 &lt;b&gt;&amp;\n\n</textarea>" in html
    assert "put them back where you see" not in html
    assert 'data-from="#id_corrected"' in html


def test_it_says_that_secrets_are_still_hidden(mia: Client, prod: Connection) -> None:
    text = "password = hunter2-hunter2\nimage: 4201"
    html = mia.post("/check/?team=render", {"text": text}).content.decode()

    assert "put them back where you see •••" in html


def test_without_corrections_none_are_offered(mia: Client, prod: Connection) -> None:
    page = mia.post("/check/?team=render", {"text": "image: 4001"}).content.decode()

    assert "orrected" not in page


def test_equal_answers_of_several_connections_are_one(
    cast: SimpleNamespace, mia: Client, prod: Connection
) -> None:
    list_images(add(cast, "QA"), items(range(4001, 4007)))
    [row] = heap(check(mia, "4001"), "fine").rows

    assert [place.name for place in row.answers[0].answer.places] == ["Prod", "QA"]


def test_of_different_answers_the_gravest_counts_and_the_other_is_shown(
    cast: SimpleNamespace, mia: Client, prod: Connection
) -> None:
    list_images(add(cast, "QA"), [item("4201", name="Old")])
    result = check(mia, "4201")
    [row] = heap(result, "withdrawn").rows

    assert piles(result)["fine"] == []
    assert [shown.answer.pile for shown in row.answers] == ["withdrawn", "fine"]


def test_an_id_of_another_connection_is_named_with_it(
    cast: SimpleNamespace, mia: Client, prod: Connection
) -> None:
    other = Team.objects.create(name="Other", slug="other")
    Membership.objects.create(team=other, user=cast.mia, role="member")
    list_images(add(cast, "Lab", team=other), [item("7021")])
    list_images(add(cast, "Hidden", team=Team.objects.personal(cast.stefan)), [item("7022")])
    seen, hidden = heap(check(mia, "7021 7022"), "never").rows

    assert [place.name for place in seen.elsewhere[0].answer.places] == ["Lab"]
    assert hidden.elsewhere == []


def test_a_list_that_is_out_of_date_makes_nothing_fine(mia: Client, prod: Connection) -> None:
    Catalog.objects.filter(connection=prod).update(last_ok_at=NOW() - timedelta(days=1))
    result = check(mia, "4001 4201")

    assert piles(result)["unknown"] == ["4001"]
    assert piles(result)["withdrawn"] == ["4201"]
    assert result.doubtful == [prod]


def test_one_list_that_is_up_to_date_vouches_for_an_id(
    cast: SimpleNamespace, mia: Client, prod: Connection
) -> None:
    qa = list_images(add(cast, "QA"), items(range(4001, 4007)))
    Catalog.objects.filter(pk=qa.pk).update(last_ok_at=NOW() - timedelta(days=1))
    result = check(mia, "4001")

    assert piles(result)["fine"] == ["4001"]
    assert result.doubtful == []


def test_what_is_fine_can_be_pinned_at_once(mia: Client, prod: Connection) -> None:
    [unpinned] = check(mia, "4001 4002").unpinned
    answer = mia.post("/pins/of/render/", {"catalog": unpinned.catalog.pk, "ids": unpinned.lines})

    assert answer.status_code == 302
    assert sorted(Pin.objects.values_list("item_id", flat=True)) == ["4001", "4002"]


def test_a_reader_is_not_offered_to_pin(
    cast: SimpleNamespace, sign_in: Any, prod: Connection
) -> None:
    page = sign_in(cast.rita).post("/check/?team=render", {"text": "4001"}).content.decode()

    assert "/pins/of/" not in page


def test_a_link_may_name_a_few_ids(mia: Client, prod: Connection) -> None:
    page = mia.get("/check/?team=render&ids=4001+4101")

    assert piles(page.context["result"])["changed"] == ["4101"]


def test_a_text_without_ids_says_what_counts(mia: Client, prod: Connection) -> None:
    page = mia.post("/check/?team=render", {"text": "port = 8080"}).content.decode()

    assert "No ID was found in this text." in page


def test_a_text_that_is_too_long_is_refused_and_says_so(mia: Client, prod: Connection) -> None:
    page = mia.post("/check/", {"text": "4001\n" * MAX_BYTES})

    assert page.status_code == 413
    assert "The text is too long: at most 128 KiB" in page.content.decode()
    assert "result" not in page.context


def test_a_connection_of_another_team_is_refused(
    cast: SimpleNamespace, mia: Client, prod: Connection
) -> None:
    hidden = add(cast, "Hidden", team=Team.objects.personal(cast.stefan))
    page = mia.post("/check/?team=render", {"text": "4001", "connection": hidden.slug})

    assert "result" not in page.context
    assert page.context["form"].has_error("connection")


def test_nothing_is_stored_and_no_secret_comes_back(mia: Client, prod: Connection) -> None:
    secret = "x7Kq9mPw2LrT5vN8bYc3Zd"
    mia.get("/check/?team=render")
    before = list(stored())
    text = f"token = {secret}\nimage_id = 4001\nimage_id = 4201"
    page = mia.post("/check/?team=render", {"text": text})

    assert "image_id = 4301" in page.content.decode()
    assert secret not in page.content.decode()
    assert list(stored()) == before


def test_it_takes_a_token_of_the_form(cast: SimpleNamespace, prod: Connection) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.mia)

    assert client.post("/check/", {"text": "4001"}).status_code == 403


def test_it_costs_the_same_for_one_and_for_many(
    cast: SimpleNamespace, mia: Client, prod: Connection
) -> None:
    counts = []
    for name, text in (("A", "4201"), ("B", "4101 4102 4201 4001 9999"), ("C", a_script())):
        list_images(add(cast, name), [item("4101")], [item("4101", name="CentOS")])
        mia.post("/check/?team=render", {"text": text})
        with CaptureQueriesContext(database) as counted:
            mia.post("/check/?team=render", {"text": text})
        counts.append(len(counted))

    assert counts[0] == counts[1] == counts[2]
