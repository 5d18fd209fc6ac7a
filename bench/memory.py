"""Run as a process of its own: how far a first check of N images, and an export of them, lift its memory, in MiB."""

import re
import sys
from pathlib import Path

import django

django.setup()

from django.utils import timezone  # noqa: E402

from xdportal.accounts.models import Team, User  # noqa: E402
from xdportal.catalog import exports, history  # noqa: E402
from xdportal.catalog.images import ImageList, ImageQuery  # noqa: E402
from xdportal.catalog.refresh import refresh  # noqa: E402
from xdportal.connections.models import Connection  # noqa: E402
from xdportal.provider.credentials import BareToken  # noqa: E402


def peak() -> float:
    """The most this process ever had, in MiB. Not ru_maxrss: that begins with what the parent had."""
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"VmHWM:\s*(\d+) kB", status)[0]) / 1024


def main(url: str, warm_url: str) -> None:
    user = User.objects.create_user("memory")
    for address in (warm_url, url):
        before = peak()
        connection = Connection(
            team=Team.objects.personal(user), owner=user, name="m", environment="production", account_id="A"
        )
        connection.set_credential(BareToken("abcdefgh"), timezone.now())
        connection.save()
        django.conf.settings.PROVIDER_URLS = {"production": address}
        assert refresh(connection.catalogs.get()).outcome == "ok"
    checked = peak() - before
    catalog = connection.catalogs.get()
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = peak()
    recent = history.recent_start(catalog, timezone.now())
    lines = exports.csv_lines(exports.IMAGES, exports.image_records(ImageList(catalog, ImageQuery(), recent)))
    count = sum(1 for _ in lines)
    exported = peak() - before
    user.delete()
    print(checked, exported, count)


if __name__ == "__main__":
    main(*sys.argv[1:])
