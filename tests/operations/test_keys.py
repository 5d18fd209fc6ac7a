"""The keys that a backup needs are those of credentials, second factors and channels."""

from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from django.utils import timezone

from xdportal.accounts.models import Team
from xdportal.alerts.channels.base import Config
from xdportal.alerts.models import Channel
from xdportal.operations import backup, keys


def test_a_channel_alone_needs_its_key(cast: SimpleNamespace, tmp_path: Path) -> None:
    channel = Channel(team=Team.objects.get(slug="render"), kind="slack", name="Farm")
    channel.set_config(Config("https://hooks.slack.com/services/T/B/x"))
    channel.save()

    with mock.patch.object(backup, "_dump", Path.touch):
        manifest = backup.backup(tmp_path / "portal.backup", timezone.now())

    assert manifest["credential_keys"] == ["test"]
    assert keys.sealed().total == {"test": 1}
    assert keys.unopened().total == {}
