"""Many connections at once, each with a list of images that has been read. The others are off.

`bulk_create` calls no receiver, so that their lists are made here.
"""

from datetime import datetime, timedelta

from django.db.models import OuterRef

from xdportal.accounts.models import Team, User
from xdportal.catalog.models import Catalog, Check, Snapshot
from xdportal.connections.models import Connection
from xdportal.provider.credentials import AccountSecret
from xdportal.provider.kinds import IMAGES

DIGEST = bytes(32)
BATCH = 500


def connections(
    owner: User,
    number: int,
    at: datetime,
    *,
    interval: int = 1800,
    credential: AccountSecret | None = None,
) -> list[Catalog]:
    """Return the lists of images of so many new connections, due within one interval from `at`
    on.
    """
    team = Team.objects.personal(owner)
    known = Connection.objects.count()
    made = []
    for place in range(known, known + number):
        connection = Connection(
            team=team,
            owner=owner,
            name=f"C{place}",
            slug=f"c-{place}",
            environment="production",
            account_id=credential.account_id if credential else "A",
            interval=interval,
            kinds=[IMAGES.name],
        )
        if credential is not None:
            connection.set_credential(credential, at)
        made.append(connection)
    Connection.objects.bulk_create(made, batch_size=BATCH)
    lists = [
        Catalog(
            connection=connection,
            kind=IMAGES.name,
            next_check_at=at + timedelta(seconds=interval) * place / number,
        )
        for place, connection in enumerate(made)
    ]
    others = [
        Catalog(connection=connection, kind=kind, next_check_at=at, enabled=False)
        for connection in made
        for kind in Catalog.Kind
        if kind != IMAGES.name
    ]
    Catalog.objects.bulk_create(others, batch_size=BATCH)
    return Catalog.objects.bulk_create(lists, batch_size=BATCH)


def read_once(lists: list[Catalog], at: datetime) -> None:
    """Give each list a first check and snapshot, without its rows."""
    snapshots = Snapshot.objects.bulk_create([_first(each, at) for each in lists], BATCH)
    for each, snapshot in zip(lists, snapshots, strict=True):
        each.latest_snapshot = snapshot
    Check.objects.bulk_create([_check(each, at) for each in lists], BATCH)
    Catalog.objects.filter(kind=IMAGES.name, latest_snapshot=None).update(
        latest_snapshot=Snapshot.objects.filter(catalog=OuterRef("pk")).values("pk")[:1],
        latest_check=Check.objects.filter(catalog=OuterRef("pk")).values("pk")[:1],
        answer_digest=DIGEST,
        last_ok_at=at,
    )


def _first(each: Catalog, at: datetime) -> Snapshot:
    return Snapshot(
        catalog=each,
        number=1,
        taken_at=at,
        recorded_at=at,
        confirmed_at=at,
        digest=DIGEST,
        item_count=40,
        numeric=True,
        facets={},
        withdrawn=0,
        added=40,
        removed=0,
        changed=0,
    )


def _check(each: Catalog, at: datetime) -> Check:
    return Check(
        catalog=each,
        started=at,
        ended=at,
        outcome="ok",
        http_status=200,
        code=0,
        msg="success",
        trace_id="t",
        item_count=40,
        snapshot=each.latest_snapshot,
    )
