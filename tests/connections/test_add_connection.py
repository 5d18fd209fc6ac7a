import io
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from xdportal.accounts.models import AuditEntry, Team
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection
from xdportal.provider.credentials import AccountSecret, BareToken
from xdportal.simulator import Simulator


@pytest.fixture
def add(cast: SimpleNamespace, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> object:
    def run(text: str = "a good secret\n", *extra: str, **changes: str) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        options = {
            "user": "mia",
            "name": "Main",
            "environment": "sandbox",
            "account-id": "A27550582",
            **changes,
        }
        out = io.StringIO()
        call_command(
            "add_connection", *(f"--{k}={v}" for k, v in options.items()), *extra, stdout=out
        )
        return out.getvalue()

    return run


def test_it_prints_the_slug_alone_and_calls_nobody(
    add: object, cast: SimpleNamespace, simulator: Simulator
) -> None:
    printed = add()  # type: ignore[operator]
    connection = Connection.objects.get()

    assert printed == f"{connection.slug}\n"
    assert connection.slug.startswith("main-")
    assert len(connection.slug) == len("main-") + 6
    assert (connection.team, connection.owner) == (Team.objects.personal(cast.mia), cast.mia)
    assert connection.opened_credential() == AccountSecret("A27550582", "a good secret")
    assert simulator.calls == []


def test_it_is_due_at_once(add: object) -> None:
    add()  # type: ignore[operator]

    assert Catalog.objects.due(timezone.now()).count() == 4


def test_into_a_team_and_the_same_account_twice(add: object, cast: SimpleNamespace) -> None:
    first, second = (add("a good secret\n", "--team=render") for _ in range(2))  # type: ignore[operator]

    assert first != second
    assert cast.team.connections.count() == 2


def test_a_bare_token(add: object) -> None:
    add("4vL4rcNGNcgx5v0RLCcFew\n", "--token")  # type: ignore[operator]

    assert Connection.objects.get().opened_credential() == BareToken("4vL4rcNGNcgx5v0RLCcFew")


def test_the_slug_of_a_chinese_name_begins_with_the_account_id(add: object) -> None:
    assert add(name="渲大师").startswith("a27550582-")  # type: ignore[operator]


def test_an_account_id_without_letters_leaves_a_c(add: object) -> None:
    assert add(name="渲大师", **{"account-id": "!!"}).startswith("c-")  # type: ignore[operator]


def test_all_four_lists_are_read(add: object) -> None:
    add()  # type: ignore[operator]

    assert list(Catalog.objects.enabled().order_by("pk").values_list("kind", flat=True)) == [
        "images",
        "packages-payg",
        "packages-rental",
        "personal",
    ]


def test_or_those_that_are_chosen(add: object) -> None:
    add("a good secret\n", "--kinds=personal, images")  # type: ignore[operator]

    assert Connection.objects.get().kinds == ["images", "personal"]
    assert sorted(Catalog.objects.enabled().values_list("kind", flat=True)) == [
        "images",
        "personal",
    ]


def test_it_is_in_the_audit_trail(add: object, cast: SimpleNamespace) -> None:
    slug = add().strip()  # type: ignore[operator]
    entry = AuditEntry.objects.get(kind=AuditEntry.Kind.CREDENTIAL_SAVED)

    assert (entry.actor, entry.target) == (cast.mia, slug)


@pytest.mark.parametrize(
    ("text", "extra", "changes", "sentence"),
    [
        ("", [], {}, "A secret must be one line of 8 to 512 characters."),
        ("short\n", [], {}, "A secret must be one line of 8 to 512 characters."),
        ("x" * 513, [], {}, "A secret must be one line of 8 to 512 characters."),
        ("not a token\n", ["--token"], {}, "A token has 1 to 512 characters"),
        ("a good secret\n", [], {"user": "nobody"}, "There is no user 'nobody'."),
        ("a good secret\n", ["--team=no-such"], {}, "has no team 'no-such'"),
        ("a good secret\n", ["--team=render"], {"user": "rita"}, "rita has no team 'render'"),
        (
            "a good secret\n",
            [],
            {"account-id": "A 1"},
            "An account ID has 1 to 64 visible ASCII characters",
        ),
        ("a good secret\n", [], {"name": " "}, "This field cannot be blank."),
        (
            "a good secret\n",
            [],
            {"name": "two\nlines"},
            "A name is one line without control characters.",
        ),
        (
            "a good secret\n",
            ["--kinds=images,moons"],
            {},
            "There is no list 'moons'. The lists are: images,",
        ),
        ("a good secret\n", ["--kinds=,"], {}, "Choose at least one list."),
        ("a good secret\n", [], {"environment": "moon"}, "invalid choice"),
    ],
)
def test_invalid_input_is_refused_with_a_sentence(
    add: object, text: str, extra: list[str], changes: dict[str, str], sentence: str
) -> None:
    with pytest.raises(CommandError) as refused:
        add(text, *extra, **changes)  # type: ignore[operator]

    assert sentence in str(refused.value)
    assert Connection.objects.count() == 0


def test_names_that_are_alike_have_slugs_that_are_not(add: object) -> None:
    assert len({add() for _ in range(5)}) == 5  # type: ignore[operator]
