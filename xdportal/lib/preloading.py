"""What every web process needs for its first page, loaded once before they are forked.

No first visitor waits for it. It saves no memory: what is shared is copied once it is in use.
"""

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.template import engines
from django.template.loader import get_template
from django.urls import reverse
from django.utils.translation import override


def load_pages() -> None:
    """Load all views, our templates, and each language with its words and addresses."""
    for name in template_names():
        get_template(name)
    for language, _name in settings.LANGUAGES:
        with override(language):
            reverse("help")


def template_names() -> Iterator[str]:
    """Yield the names of our own templates of pages, as `get_template` takes them."""
    for folder in engines["django"].engine.dirs:  # type: ignore[attr-defined]
        for path in Path(folder).rglob("*.html"):
            yield str(path.relative_to(folder))
