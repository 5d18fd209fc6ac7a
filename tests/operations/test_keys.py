"""The keys that a backup needs are those of credentials, second factors and channels."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from django.utils import timezone

from xdportal.accounts.models import Team
from xdportal.alerts.channels.base import Config
from xdportal.alerts.models import Channel
from xdportal.lib.sealing import Keyring
from xdportal.operations import backup, keys
from xdportal.operations.checks import unknown_keys


@pytest.fixture
def channel(cast: SimpleNamespace) -> Channel:
    channel = Channel(team=Team.objects.get(slug="render"), kind="slack", name="Farm")
    channel.set_config(Config("https://hooks.slack.com/services/T/B/x"))
    channel.save()
    return channel


def test_a_channel_alone_needs_its_key(channel: Channel, tmp_path: Path) -> None:
    with mock.patch.object(backup, "_dump", Path.touch):
        manifest = backup.backup(tmp_path / "portal.backup", timezone.now())

    assert manifest["credential_keys"] == ["test"]
    assert keys.sealed().total == {"test": 1}
    assert keys.unopened().total == {}


def test_a_channel_whose_key_is_missing_is_reported(channel: Channel, settings: Any) -> None:
    assert unknown_keys() == []

    settings.CREDENTIAL_KEYRING = Keyring({"new": bytes(range(32))})
    (warning,) = unknown_keys()

    assert (warning.id, warning.msg) == (
        "alerts.W001",
        "1 addresses of channels sealed with the key 'test' do not open with CREDENTIAL_KEYS.",
    )
