"""Loaded before Django: the tests' settings come from tests/test.env and from nowhere else."""

import os
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
KEPT = {
    "DATABASE_URL",
    "CELERY_BROKER_URL",
    "CACHE_URL",
}  # a run against PostgreSQL or Redis sets these

for line in (HERE.parent / ".env.example").read_text().splitlines():
    name = line.lstrip("# ").partition("=")[0]
    if name.isupper() and name not in KEPT:
        os.environ.pop(name, None)
os.environ["ENV_FILE"] = str(HERE / "test.env")
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="xdportal-tests-")
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = (
    "true"  # Playwright keeps an event loop in the tests' thread
)
