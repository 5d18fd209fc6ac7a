"""A web process has what its first page needs, and nothing that is not in use."""

import json
import subprocess
import sys

from django.template import engines

from tests.portal import BASE
from xdportal.lib.preloading import load_pages, template_names

TEMPLATES = BASE / "templates"
LOADED = "import json, sys; {}; print(json.dumps(sorted(sys.modules)))"


def loaded_by(statement: str) -> set[str]:
    """Return the modules that a process of its own has loaded after the statement."""
    ended = subprocess.run(
        [sys.executable, "-c", LOADED.format(statement)],
        cwd=BASE,
        env={"ENV_FILE": "tests/test.env", "PATH": "/usr/bin"},
        capture_output=True,
        check=True,
    )
    return set(json.loads(ended.stdout))


def test_every_template_of_a_page_is_compiled() -> None:
    engine = engines["django"].engine  # type: ignore[attr-defined]
    (loader,) = engine.template_loaders
    loader.reset()
    load_pages()

    names = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html")}
    assert set(template_names()) == names
    assert names - set(loader.get_template_cache) == set()


def test_libraries_that_are_not_in_use_are_not_loaded() -> None:
    web = loaded_by("import xdportal.wsgi")
    worker = loaded_by(
        "from xdportal.celery import app; from celery.signals import worker_init; "
        "app.loader.init_worker(); worker_init.send(app)"
    )

    assert "xdportal.catalog.tasks" in worker
    assert "redis" not in web | worker, "six MiB"
    assert "xdportal.urls" not in worker, "it shows no page"
