"""The pages about the API: for signed-in people, and for anyone who meets a problem."""

import hashlib
import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest
import yaml
from django.conf import settings as django_settings
from django.test import Client

import xdportal.api.urls  # noqa: F401 (declares the operations)
from xdportal.api import problems, snippets
from xdportal.api.groups import GROUPS
from xdportal.api.operations import REGISTRY

CLIENT = django_settings.BASE_DIR / "cli/xdportal.py"


@pytest.mark.parametrize("path", ["/api/docs/", "/ci/"])
def test_everyone_can_read_it(
    path: str, sign_in: Callable[..., Client], cast: SimpleNamespace
) -> None:
    assert Client().get(path).status_code == 200
    assert sign_in(cast.mia).get(path).status_code == 200


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_reference_has_every_operation_and_problem(db: None, language: str) -> None:
    def read(path: str) -> str:
        page = Client().get(path, headers={"Accept-Language": language}).content
        assert len(page) < 100_000
        return page.decode()

    index = read("/api/docs/")
    parts = {group.name: read(f"/api/docs/{group.name}/") for group in GROUPS}
    for operation in REGISTRY:
        assert f'/api/docs/{operation.group.name}/#{operation.name}"' in index
        assert f'id="{operation.name}"' in parts[operation.group.name]
    for kind in problems.KINDS:
        assert f'id="problem-{kind.code}"' in index


def test_a_part_that_does_not_exist_is_nowhere(db: None) -> None:
    assert Client().get("/api/docs/nothing/").status_code == 404


def test_the_client_is_served_with_its_checksum(db: None) -> None:
    file = Client().get("/cli/xdportal.py")
    checksum = Client().get("/cli/xdportal.py.sha256").content.decode()

    assert file.content == CLIENT.read_bytes()
    assert checksum == f"{hashlib.sha256(file.content).hexdigest()}  xdportal.py\n"


def test_snippets_have_the_portals_address(db: None) -> None:
    page = Client().get("/ci/").content.decode()

    assert page.count(django_settings.SITE_URL) > 8
    assert len(re.findall("data-copy", page)) > 8


def test_snippets_of_pipelines_are_yaml() -> None:
    found = {one.name: one.text for one in snippets.in_every_run("https://portal.example")}

    github = yaml.safe_load(found["github"])
    gitlab = yaml.safe_load(found["gitlab"])
    ansible = yaml.safe_load(found["ansible"])
    assert github["jobs"]["ids"]["steps"][2]["env"]["XDP_URL"] == "https://portal.example"
    assert gitlab["image-ids"]["variables"] == {"XDP_URL": "https://portal.example"}
    assert ansible[1]["ansible.builtin.set_fact"] == {"ids": "{{ pins.content | from_yaml }}"}
