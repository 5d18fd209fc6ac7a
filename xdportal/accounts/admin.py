from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.models import AuditEntry, Membership, Team, User

admin.site.site_header = admin.site.site_title = "xdportal"
admin.site.index_title = _("Administration")


class ReadOnlyAdmin(admin.ModelAdmin[Model]):
    """For what only the portal itself writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(DjangoUserAdmin[User]):
    list_display = ["username", "email", "is_active", "is_staff", "last_login"]
    list_filter = ["is_active", "is_staff", "is_superuser"]
    search_fields = ["username", "email"]
    ordering = ["username"]
    fieldsets = [
        *(DjangoUserAdmin.fieldsets or []),
        (_("Preferences"), {"fields": ["language", "time_zone", "theme", "shortcuts"]}),
    ]


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ["at", "actor", "kind", "target", "team", "address"]
    list_filter = ["kind", "at"]
    list_select_related = ["actor", "team"]
    search_fields = ["target", "actor__username", "team__name"]
    show_full_result_count = False


class MembershipInline(admin.TabularInline[Membership, Team]):
    model = Membership
    extra = 0
    raw_id_fields = ["user"]


@admin.register(Team)
class TeamAdmin(admin.ModelAdmin[Team]):
    list_display = ["name", "slug", "personal_of", "created_at"]
    list_select_related = ["personal_of"]
    search_fields = ["name", "slug", "memberships__user__username"]
    prepopulated_fields = {"slug": ["name"]}
    raw_id_fields = ["personal_of"]
    inlines = [MembershipInline]
