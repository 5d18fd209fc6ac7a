import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from xdportal.lib.env import Environment

BASE = Path(__file__).resolve().parents[2]
GOOD = dict(
    line.split("=", 1) for line in (BASE / "tests/test.env").read_text().splitlines() if "=" in line
)


def start(tmp_path: Path, *command: str, **changes: str) -> "subprocess.CompletedProcess[str]":
    environment = {
        **GOOD,
        "DATA_DIR": str(tmp_path / "data"),
        "ENV_FILE": "/dev/null",
        "PATH": "/usr/bin",
        **changes,
    }
    return subprocess.run(
        [sys.executable, "manage.py", *(command or ("check",))],
        cwd=BASE,
        env=environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set."),
        ({"SECRET_KEY": "secret"}, "SECRET_KEY is weak: set 50 random characters"),
        ({"SECRET_KEY": "ab" * 40}, "SECRET_KEY is weak: set 50 random characters"),
        (
            {"SECRET_KEY": f"django-insecure-{GOOD['SECRET_KEY']}"},
            "SECRET_KEY is weak: set 50 random characters",
        ),
        ({"CREDENTIAL_KEYS": ""}, "CREDENTIAL_KEYS is not set."),
        ({"CREDENTIAL_KEYS": "k:AAAA"}, "CREDENTIAL_KEYS: key 'k' has 3 bytes; it must have 32."),
        (
            {"DEBUG": "on", "ALLOWED_HOSTS": "portal.example.com"},
            "DEBUG is on while SITE_URL or ALLOWED_HOSTS names",
        ),
        (
            {"DEBUG": "on", "SITE_URL": "https://portal.example.com"},
            "DEBUG is on while SITE_URL or ALLOWED_HOSTS names",
        ),
        ({"DEBUG": "maybe"}, "DEBUG is 'maybe'; it must be one of"),
        (
            {"PROVIDER_PRODUCTION_URL": "http://provider.example.com"},
            "http is allowed only on loopback",
        ),
        (
            {"PROVIDER_SANDBOX_URL": "ftp://127.0.0.1"},
            "PROVIDER_SANDBOX_URL must be a URL such as https://example.com",
        ),
        (
            {"PROVIDER_DEADLINE": "0"},
            "PROVIDER_DEADLINE is '0'; it must be a whole number from 1 to 300.",
        ),
        ({"PROVIDER_DEADLINE": "soon"}, "PROVIDER_DEADLINE is 'soon'"),
        ({"CHECK_INTERVAL": "9"}, "CHECK_INTERVAL is '9'; it must be a whole number from 10 to"),
        ({"DATABASE_URL": "mysql://root:hunter2hunter2@db/x"}, "DATABASE_URL must begin with"),
        ({"PORT": "0"}, "PORT is '0'"),
        (
            {"PROVIDER_PRODUCTION_URL": "http://127.0.0.1.example.com"},
            "http is allowed only on loopback",
        ),
        ({"PROVIDER_PRODUCTION_URL": "https://user:hunter2hunter2@h"}, "without user"),
        ({"DEBUG": "1", "ALLOWED_HOSTS": "127.0.0.1.example.com"}, "DEBUG is on while"),
        ({"CELERY_BROKER_URL": "banana"}, "CELERY_BROKER_URL must begin with one of"),
        ({"CELERY_BROKER_URL": "redis"}, "CELERY_BROKER_URL must begin with one of"),
        (
            {"CELERY_BROKER_URL": "redis://:hunter2hunter2@h:port/0"},
            "CELERY_BROKER_URL must be a URL such as",
        ),
        ({"CELERY_BROKER_URL": "redis:///0"}, "CELERY_BROKER_URL must be a URL such as"),
        ({"CELERY_BROKER_URL": "redis://h/first"}, "CELERY_BROKER_URL must be a URL such as"),
        ({"SITE_URL": "https://a b"}, "SITE_URL must be a URL such as https://example.com"),
        ({"SITE_URL": "https://_x..y"}, "SITE_URL must be a URL such as https://example.com"),
        (
            {"SITE_URL": "https://x.example.com/portal"},
            "SITE_URL must be a URL without a path",
        ),
        ({"ALLOWED_HOSTS": "a b"}, "ALLOWED_HOSTS holds 'a b'; it takes names of hosts"),
        (
            {"ALLOWED_HOSTS": "good.example.com,!!"},
            "ALLOWED_HOSTS holds '!!'; it takes names of hosts",
        ),
        ({"PORT": "8" * 5000}, "it must be a whole number from 1 to 65535."),
        (
            {"DATABASE_URL": "nonsense"},
            "DATABASE_URL must begin with sqlite:/// or postgres://, not 'nonsense'.",
        ),
        (
            {"DATABASE_URL": "postgres:hunter2hunter2"},
            "DATABASE_URL must begin with sqlite:/// or postgres://",
        ),
        (
            {"TRUSTED_PROXIES": "banana"},
            "TRUSTED_PROXIES: 'banana' does not appear to be an IPv4 or IPv6 network",
        ),
        (
            {"ALLOWED_HOSTS": "https://portal.example.com"},
            "it takes names of hosts, without https://",
        ),
        (
            {"METRICS_ALLOW": "banana"},
            "METRICS_ALLOW: 'banana' does not appear to be an IPv4 or IPv6 network",
        ),
        (
            {"NOTIFY_ALLOW_NETWORKS": "10.0.0.1/8"},
            "NOTIFY_ALLOW_NETWORKS: 10.0.0.1/8 has host bits set",
        ),
        (
            {"NOTIFY_ROBOT_URL": "http://proxy.example.com"},
            "NOTIFY_ROBOT_URL is an http URL of proxy.example.com",
        ),
        (
            {"NOTIFY_ROBOT_URL": "proxy"},
            "NOTIFY_ROBOT_URL must be a URL such as https://example.com",
        ),
        (
            {"NOTIFY_RETRY_SECONDS": "5,soon"},
            "NOTIFY_RETRY_SECONDS must be 1 to 20 whole numbers from 1 to 604800",
        ),
        (
            {"NOTIFY_RETRY_SECONDS": "5,0"},
            "NOTIFY_RETRY_SECONDS must be 1 to 20 whole numbers from 1 to 604800",
        ),
        (
            {"NOTIFY_RETRY_SECONDS": ","},
            "NOTIFY_RETRY_SECONDS must be 1 to 20 whole numbers from 1 to 604800",
        ),
        (
            {"ALERT_BATCH_SECONDS": "-1"},
            "ALERT_BATCH_SECONDS is '-1'; it must be a whole number from 0 to 3600.",
        ),
        ({"EVENT_RETENTION_DAYS": "0"}, "EVENT_RETENTION_DAYS is '0'; it must be"),
        (
            {"DELIVERY_RETENTION_DAYS": "0"},
            "DELIVERY_RETENTION_DAYS is '0'; it must be",
        ),
        ({"LEASE_SPARE": "0"}, "LEASE_SPARE is '0'; it must be a whole number from 1 to 300."),
        ({"MESSAGE_LIFE": "0"}, "MESSAGE_LIFE is '0'; it must be a whole number from 1 to 600."),
        (
            {"SWEEP_PATIENCE": "1"},
            "SWEEP_PATIENCE is '1'; it must be a whole number from 2 to 3600.",
        ),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT is 'xml'; it must be one of json, lines."),
        ({"WEB_PROCESSES": "0"}, "WEB_PROCESSES is '0'; it must be a whole number from 1 to 64."),
        (
            {"SESSION_IDLE_HOURS": "0"},
            "SESSION_IDLE_HOURS is '0'; it must be a whole number from 1 to 336.",
        ),
        ({"API_RATE": "0"}, "API_RATE is '0'; it must be a whole number from 1 to 1000000."),
        (
            {"MAX_PERSON_CONNECTIONS": "0"},
            "MAX_PERSON_CONNECTIONS is '0'; it must be a whole number from 1 to 100000.",
        ),
        (
            {"API_KEY_MAX_DAYS": "0"},
            "API_KEY_MAX_DAYS is '0'; it must be a whole number from 1 to 3650.",
        ),
        ({"TIME_ZONE": "Nowhere/None"}, "TIME_ZONE is 'Nowhere/None'"),
        ({"DATA_DIR": "/dev/null"}, "DATA_DIR is '/dev/null', which cannot be used"),
    ],
)
def test_an_invalid_value_stops_start_up_with_a_clear_message(
    tmp_path: Path, changes: dict[str, str], sentence: str
) -> None:
    ended = start(tmp_path, **changes)

    assert ended.returncode == 1
    assert ended.stderr.startswith("xdportal cannot start: ")
    assert sentence in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert "Traceback" not in ended.stderr
    assert "hunter2" not in ended.stderr


def test_a_https_site_alone_makes_the_deployment_check_clean(tmp_path: Path) -> None:
    ended = start(
        tmp_path,
        "check",
        "--deploy",
        "--fail-level",
        "WARNING",
        SITE_URL="https://portal.example.com",
    )

    assert (ended.returncode, ended.stdout) == (
        0,
        "System check identified no issues (0 silenced).\n",
    )


def test_the_data_folder_is_private(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    start(tmp_path)

    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "data/broker").stat().st_mode & 0o777 == 0o700


def test_the_process_beats_the_file_and_empty_is_unset(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("A=file\nB=file\nC=\n# D=comment\n")
    read = Environment({"A": "process", "B": " ", "E": "x"}, tmp_path / "env")

    assert read.values == {"A": "process", "B": "file", "E": "x"}


def test_loopback_may_be_http_and_a_path_is_kept() -> None:
    read = Environment({"U": "http://127.0.0.1:8900/production/"})

    assert read.url("U", "", https_unless_loopback=True) == "http://127.0.0.1:8900/production"


@pytest.mark.parametrize("value", ["", "1.5", "-1", "٣", "999"])
def test_whole_numbers_are_whole(value: str) -> None:
    read = Environment({"N": value})
    if value == "":
        assert read.whole("N", 7, 0, 10) == 7
    else:
        with pytest.raises(ImproperlyConfigured):
            read.whole("N", 7, 0, 10)


def test_lists_of_numbers_are_read_in_their_order() -> None:
    read = Environment({"N": "5, 300,7"})

    assert read.whole_numbers("N", (1,), 1, 300) == (5, 300, 7)
    assert read.whole_numbers("UNSET", (1, 2), 1, 300) == (1, 2)


def test_a_url_may_be_left_out() -> None:
    read = Environment({"U": "http://127.0.0.1:8900/"})

    assert read.optional_url("U", https_unless_loopback=True) == "http://127.0.0.1:8900"
    assert read.optional_url("UNSET", https_unless_loopback=True) == ""


@pytest.mark.parametrize(
    "host", ["portal.example.com", ".example.com", "10.0.0.1", "[2001:db8::1]", "*", "a-b.c"]
)
def test_names_and_addresses_of_hosts_are_taken(host: str) -> None:
    assert Environment({"H": f"localhost, {host}"}).hosts("H") == ["localhost", host]


@pytest.mark.parametrize(
    "url",
    [
        "redis://h",
        "redis://:pass@10.0.0.1:6379/3",
        "rediss://h:6380/",
        "amqp://u:p@h//",
        "filesystem://localhost//",
    ],
)
def test_urls_of_brokers_are_taken(url: str) -> None:
    assert Environment({"CELERY_BROKER_URL": url}).broker("") == url
