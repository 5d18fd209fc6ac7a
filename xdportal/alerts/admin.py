"""Read-only pins, channels and deliveries. Nothing sealed is shown."""

from django.contrib import admin

from xdportal.accounts.admin import ReadOnlyAdmin
from xdportal.alerts.models import Channel, Delivery, Pin


@admin.register(Channel)
class ChannelAdmin(ReadOnlyAdmin):
    list_display = ["name", "kind", "team", "state", "reason", "last_success_at", "last_failure_at"]
    list_filter = ["state", "kind"]
    list_select_related = ["team"]
    search_fields = ["name", "team__name"]
    fields = readonly_fields = (
        *("name", "kind", "team", "user", "state", "reason", "language", "time_zone"),
        *("tested_at", "last_success_at", "last_failure_at", "last_failure", "last_failure_code"),
    )


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "kind", "channel_name", "team", "state", "reason", "next_try"]
    list_filter = ["state", "kind", "purpose"]
    list_select_related = ["team"]
    fields = readonly_fields = (
        *("uuid", "kind", "channel_name", "team", "types", "mode", "purpose", "state", "reason"),
        *("next_try", "attempt_count", "created_at", "ended_at"),
    )
    date_hierarchy = "created_at"
    ordering = ("-created_at",)


@admin.register(Pin)
class PinAdmin(ReadOnlyAdmin):
    list_display = ["name", "item_id", "catalog", "team", "owner", "muted_until", "created_at"]
    list_select_related = ["catalog__connection", "team", "owner"]
    search_fields = ["name", "item_id", "team__name"]
    fields = readonly_fields = (
        *("uuid", "name", "item_id", "catalog", "team", "owner", "note", "ceiling", "exact"),
        *("newer", "remind_days", "muted_until", "mute_reason", "acknowledged_at", "created_at"),
    )
