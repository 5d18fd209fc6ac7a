"""The admin panel's pages for whoever runs the portal: its health, and the last day's failures."""

import platform
import shutil
import sys
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any
from urllib.parse import urlencode

import django
from django.conf import settings
from django.contrib import messages
from django.core.mail import send_mail
from django.db import connection
from django.db.models import Count, Max, Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from xdportal import VERSION
from xdportal.accounts import mail_queue
from xdportal.accounts.models import AuditEntry, Membership, QueuedMail, Team, User
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.catalog.models import GOOD_OUTCOMES, LISTINGS, Catalog, Check, Snapshot, Sweep
from xdportal.connections.models import Connection
from xdportal.operations import backup, health, keys

COUNTED = (User, Team, Membership, AuditEntry, Connection, Catalog, Check, Snapshot)
LIBRARIES = (
    "django-allauth",
    "django-axes",
    "celery",
    "redis",
    "psycopg",
    "gunicorn",
    "cryptography",
)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    context = {
        "ready": health.readiness(),
        "versions": versions(),
        "database": connection.vendor,
        "size": database_size(),
        "broker": settings.CELERY_BROKER_URL.partition(":")[0],
        "last_sweep": Sweep.objects.values_list("at", flat=True).first(),
        "rows": rows(),
        "keys": keys_in_use(),
        "version": VERSION,
        "mail": mail_setup(),
        "last_backup": backup.last_backup(),
        "disk": shutil.disk_usage(settings.DATA_DIR),
    }
    return render(request, "admin/status.html", context)


@require_POST
def test_mail(request: AuthenticatedRequest) -> HttpResponse:
    """Queue a mail to the person who asks. The status page shows what became of it."""
    email = request.user.email
    if not mail_queue.is_configured() or not email:
        messages.error(request, _("There is no mail server, or your account has no email address."))
        return redirect("admin-status")
    send_mail(
        f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}{_('A test mail')}",
        _("Mails from the portal arrive here.") + f"\n\n{settings.SITE_URL}\n",
        None,
        [email],
    )
    queued = _("The test mail to %(email)s is queued. If it is refused, this page says why.")
    messages.success(request, queued % {"email": email})
    return redirect("admin-status")


@require_safe
def failures(request: HttpRequest) -> HttpResponse:
    return render(request, "admin/failures.html", {"failures": failures_by_code()})


def versions() -> dict[str, str]:
    return {
        "Python": platform.python_version(),
        "Django": django.get_version(),
        **{name: version(name) for name in LIBRARIES},
        "OS": f"{platform.system()} {platform.release()}" if sys.platform else "",
    }


def mail_setup() -> dict[str, Any]:
    """Return where mails go, how many wait, and why the latest one was refused."""
    refused = QueuedMail.objects.exclude(problem="").order_by("-next_try")
    return {
        "is_configured": mail_queue.is_configured(),
        "server": f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}",
        "sender": settings.DEFAULT_FROM_EMAIL,
        "waiting": QueuedMail.objects.count(),
        "problem": refused.values_list("problem", flat=True).first() or "",
    }


def rows() -> dict[str, int]:
    """Count the rows of the main tables: ten milliseconds for some hundred thousand rows."""
    listings = dict.fromkeys(LISTINGS.values())  # two kinds may share a table
    models: list[type[Model]] = [*COUNTED, *listings]
    return {
        str(model._meta.verbose_name_plural): model._default_manager.count() for model in models
    }


def database_size() -> int:
    """Return the size in bytes, indexes included."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_database_size(current_database())")
        else:
            cursor.execute(
                "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
            )
        return int(cursor.fetchone()[0])


def keys_in_use() -> list[dict[str, Any]]:
    """Return the encryption keys in use by id, with the number of secrets that each one seals."""
    ring = settings.CREDENTIAL_KEYRING
    sealed = keys.sealed()
    return [
        {
            "id": key,
            "credentials": sealed.credentials[key],
            "factors": sealed.second_factors[key],
            "channels": sealed.channels[key],
            "known": key in ring.key_ids,
            "seals": key == ring.sealing_key,
        }
        for key in sorted({ring.sealing_key, *sealed.total})
    ]


def failures_by_code() -> list[dict[str, Any]]:
    """Return the failures of the last 24 hours, the most frequent first. One query."""
    since = timezone.now() - timedelta(days=1)
    failed = Check.objects.filter(started__gte=since).exclude(outcome__in=GOOD_OUTCOMES)
    found = (
        failed.values("outcome", "code", "http_status")
        .annotate(
            checks=Count("pk"),
            connections=Count("catalog__connection", distinct=True),
            last=Max("started"),
        )
        .order_by("-checks", "outcome", "code")
    )
    return [{**row, "query": _query_of(dict(row), since)} for row in found]


def _query_of(row: dict[str, Any], since: datetime) -> str:
    """Return what shows these very checks in the admin panel's list of checks."""
    query = {"outcome__exact": row["outcome"], "started__gte": since.isoformat()}
    for name in ("code", "http_status"):
        if row[name] is None:
            query[f"{name}__isnull"] = "True"
        else:
            query[f"{name}__exact"] = str(row[name])
    return urlencode(query)
