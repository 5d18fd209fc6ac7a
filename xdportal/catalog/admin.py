"""Connections with their schedule, and the read-only history. Connections are here: their
actions need catalogs.
"""

from typing import cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from xdportal.accounts import audit
from xdportal.accounts.admin import ForgivingAdmin, ReadOnlyAdmin
from xdportal.accounts.models import AuditEntry
from xdportal.catalog.models import (
    LISTINGS,
    Catalog,
    Check,
    Event,
    Listing,
    ShapeChange,
    Snapshot,
)
from xdportal.catalog.tasks import check_now
from xdportal.connections import actions
from xdportal.connections.actions import Actor
from xdportal.connections.models import Connection
from xdportal.connections.words import code_link
from xdportal.lib import dates


class CatalogInline(admin.TabularInline[Catalog, Connection]):
    model = Catalog
    fields = readonly_fields = (
        "kind",
        "next_check_at",
        "last_ok_at",
        "failures",
        "latest_check",
        "latest_snapshot",
    )
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Connection | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Catalog]:
        return (
            super()
            .get_queryset(request)
            .select_related("connection", "latest_check", "latest_snapshot")
        )


@admin.register(Connection)
class ConnectionAdmin(ForgivingAdmin[Connection]):
    """Looked at and steered here; entered, changed and deleted by their users. No field holds
    anything sealed.
    """

    list_display = [
        "name",
        "environment",
        "account_id",
        "team",
        "owner",
        "state",
        "reason",
        "last_outcome",
        "next_check",
    ]
    list_filter = ["state", "environment"]
    list_select_related = ["team", "owner"]
    search_fields = ["name", "slug", "account_id", "owner__username", "team__name"]
    fields = readonly_fields = (
        *("name", "slug", "environment", "account_id", "team", "owner", "interval"),
        *("state", "reason", "credential_kind", "credential_saved_at", "not_before", "created_at"),
    )
    inlines = [CatalogInline]
    actions = ["pause", "resume", "check_now"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Connection]:
        return super().get_queryset(request).prefetch_related("catalogs__latest_check")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Connection | None = None) -> bool:
        return False

    @admin.display(description=_("Outcome"))
    def last_outcome(self, connection: Connection) -> str:
        return ", ".join(
            c.latest_check.get_outcome_display()
            for c in connection.catalogs.all()
            if c.latest_check
        )

    @admin.display(description=_("next check"))
    def next_check(self, connection: Connection) -> str:
        return ", ".join(
            dates.minute(catalog.next_check_at) for catalog in connection.catalogs.all()
        )

    @admin.action(description=_("Pause"))
    def pause(self, request: HttpRequest, queryset: QuerySet[Connection]) -> None:
        for connection in queryset:
            actions.pause(connection, Actor.in_admin(request))
        self._tell(request, queryset.count())

    @admin.action(description=_("Resume"))
    def resume(self, request: HttpRequest, queryset: QuerySet[Connection]) -> None:
        for connection in queryset.filter(owner__isnull=False):
            actions.resume(connection, Actor.in_admin(request))
        self._tell(request, queryset.count())

    @admin.action(description=_("Check now"))
    def check_now(self, request: HttpRequest, queryset: QuerySet[Connection]) -> None:
        """Check all lists, of each connection once in ten seconds."""
        now = timezone.now()
        asked = [connection for connection in queryset if connection.ask_for_check(now)]
        lists = Catalog.objects.filter(connection__in=asked).select_related("connection__team")
        for catalog in lists:
            check_now(catalog)
            audit.note(
                AuditEntry.Kind.ADMIN, catalog.connection.team, f"check {catalog.slug}", request
            )
        self._tell(request, len(asked))

    def _tell(self, request: HttpRequest, number: int) -> None:
        text = ngettext("Done for %(n)d connection.", "Done for %(n)d connections.", number) % {
            "n": number
        }
        self.message_user(request, text, messages.SUCCESS)


@admin.register(Check)
class CheckAdmin(ReadOnlyAdmin):
    list_display = [
        "started",
        "catalog",
        "outcome",
        "http_status",
        "linked_code",
        "msg",
        "trace_id",
        "snapshot",
    ]
    exclude = ["code"]
    readonly_fields = ["linked_code"]
    list_filter = ["outcome", "started"]
    list_select_related = ["catalog__connection", "snapshot"]
    search_fields = ["catalog__connection__name", "catalog__connection__slug", "trace_id", "code"]
    ordering = ["-started"]
    show_full_result_count = False

    @admin.display(description=_("code"), ordering="code")
    def linked_code(self, check: Check) -> str:
        return "—" if check.code is None else code_link(check.code)


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnlyAdmin):
    list_display = [
        "__str__",
        "catalog",
        "taken_at",
        "confirmed_at",
        "item_count",
        "added",
        "removed",
        "changed",
    ]
    list_filter = ["taken_at"]
    list_select_related = ["catalog__connection"]
    search_fields = ["catalog__connection__name", "catalog__connection__slug"]
    ordering = ["-recorded_at"]
    show_full_result_count = False


class ListingAdmin(ReadOnlyAdmin):
    """The listings of one kind of record."""

    exclude = ["first", "ended", "first_seen", "digest"]
    search_fields = ["=item_id", "name"]
    readonly_fields = ["from_snapshot", "until_snapshot"]
    list_select_related = ["catalog__connection"]
    ordering = ["-pk"]
    show_full_result_count = False

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        columns = cast(type[Listing], self.model).columns()
        return (*columns[:4], "from_snapshot", "until_snapshot", "catalog")

    @admin.display(description=_("listed from snapshot"), ordering="first")
    def from_snapshot(self, listing: Listing) -> str:
        return f"#{listing.first}"

    @admin.display(description=_("until before snapshot"), ordering="ended")
    def until_snapshot(self, listing: Listing) -> str:
        return "—" if listing.ended is None else f"#{listing.ended}"


for listing_model in dict.fromkeys(LISTINGS.values()):
    admin.site.register(listing_model, ListingAdmin)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ["at", "type", "team", "connection", "catalog", "handled_at"]
    list_filter = ["type", "at"]
    list_select_related = ["team", "connection", "catalog__connection"]
    search_fields = ["connection__name", "connection__slug", "team__name"]
    ordering = ["-pk"]
    show_full_result_count = False


@admin.register(ShapeChange)
class ShapeChangeAdmin(ReadOnlyAdmin):
    list_display = [
        "at",
        "kind",
        "environment",
        "field",
        "what",
        "json_type",
        "example",
        "last_at",
    ]
    list_filter = ["kind", "what", "environment"]
    ordering = ["-pk"]
