"""Write docs/openapi.json, the specification of the API as it is served."""

import json
import os
import sys
from pathlib import Path

import django
from django.urls import get_resolver

BASE = Path(__file__).resolve().parents[1]


def main() -> None:
    sys.path.insert(0, str(BASE))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xdportal.settings")
    os.environ.setdefault("ENV_FILE", str(BASE / "tests/test.env"))
    django.setup()
    assert get_resolver().url_patterns  # noqa: S101 (declares the operations)
    from xdportal.api import specification

    text = json.dumps(specification.document(), ensure_ascii=False, indent=1)
    (BASE / "docs/openapi.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
