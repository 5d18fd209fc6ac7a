from django.utils import timezone

from xdportal.celery import app
from xdportal.operations.freshness import tell


@app.task  # type: ignore[untyped-decorator]
def freshness() -> None:
    tell(timezone.now())
