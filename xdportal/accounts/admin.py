from collections.abc import Iterable
from typing import Any, TypeVar

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib import admin, messages
from django.contrib.admin.views.main import ERROR_FLAG
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db import DataError
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from xdportal.accounts import audit, emails, sessions
from xdportal.accounts.forms import NewUserForm, TeamForm, UserForm
from xdportal.accounts.models import ApiKey, AuditEntry, Membership, Team, User
from xdportal.accounts.recent import require_recent_sign_in

admin.site.site_header = admin.site.site_title = "xdportal"
admin.site.index_title = _("Administration")

admin.site.unregister(Group)  # rights come from roles in teams

# Pages of the libraries would show the data of second factors and sessions.
for name in ("account", "mfa", "socialaccount", "usersessions"):
    for model in apps.get_app_config(name).get_models():
        if admin.site.is_registered(model):
            admin.site.unregister(model)


Row = TypeVar("Row", bound=Model)


class ForgivingAdmin(admin.ModelAdmin[Row]):
    """Show the list without a filter that makes no sense."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Do for all filters what Django does for most.

        A date in the year 1 leaves the calendar in another time zone.
        """
        try:
            return super().changelist_view(request, extra_context)
        except (OverflowError, ValueError, DataError):
            if request.method != "GET" or not request.GET or ERROR_FLAG in request.GET:
                raise
            return redirect(f"{request.path}?{ERROR_FLAG}=1")


class NotedAdmin(ForgivingAdmin[Row]):
    """Note every change in the audit trail: which row, but no values."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._note("add", request, [obj])
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._note("change", request, [obj])
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        self._note("delete", request, queryset)
        return super().log_deletions(request, queryset)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Name what is deleted, but not everything below it: that may be 100,000 listings."""
        return [str(row) for row in objs], {}, set(), []

    def _note(self, what: str, request: HttpRequest, rows: Iterable[Model]) -> None:
        for row in rows:
            name = getattr(row, "uuid", row.pk)
            target = f"{what} {row._meta.model_name} {name}"
            audit.note(AuditEntry.Kind.ADMIN, _team_of(row), target, request)


def _team_of(row: Model) -> Team | None:
    """Return the team that a change of the row concerns."""
    return row if isinstance(row, Team) else getattr(row, "team", None)


class ReadOnlyAdmin(ForgivingAdmin[Model]):
    """For rows that only the portal itself writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(NotedAdmin[User], DjangoUserAdmin[User]):
    form = UserForm
    add_form = NewUserForm
    list_display = ["username", "email", "is_active", "is_staff", "has_second_factor", "last_login"]
    list_filter = ["is_active", "is_staff", "is_superuser"]
    search_fields = ["username", "email"]
    ordering = ["username"]
    filter_horizontal = ()
    readonly_fields = ["last_login", "date_joined"]
    actions = ["deactivate", "activate", "end_sessions", "remove_second_factors"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Personal info"), {"fields": ["first_name", "last_name", "email"]}),
        (_("Permissions"), {"fields": ["is_active", "is_staff", "is_superuser"]}),
        (_("Important dates"), {"fields": ["last_login", "date_joined"]}),
        (_("Preferences"), {"fields": ["language", "time_zone", "theme", "shortcuts"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        factors = Authenticator.objects.filter(user=OuterRef("pk")).exclude(type="recovery_codes")
        return super().get_queryset(request).annotate(factor=Exists(factors))

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "email" in form.changed_data:
            emails.replace(obj)
            audit.note(AuditEntry.Kind.EMAIL, request=request, subject=obj)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask for a recent sign-in: a browser left open must not change accounts."""
        if request.method == "POST":
            require_recent_sign_in(request)
        return super().changeform_view(request, *args, **kwargs)

    @method_decorator(sensitive_post_parameters())
    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        require_recent_sign_in(request)
        return super().user_change_password(request, id, form_url)

    @admin.display(description=_("second factor"), boolean=True)
    def has_second_factor(self, user: User) -> bool:
        return bool(user.factor)  # type: ignore[attr-defined]  # annotated

    @admin.action(description=_("Deactivate: sessions end at once"))
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset.exclude(username=request.user.get_username()):
            user.is_active = False
            user.save(update_fields=["is_active"])
            audit.note(AuditEntry.Kind.DEACTIVATED, request=request, subject=user)
        self.message_user(request, _("Deactivated."), messages.SUCCESS)

    @admin.action(description=_("Activate"))
    def activate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            user.is_active = True
            user.save(update_fields=["is_active"])
            audit.note(AuditEntry.Kind.ACTIVATED, request=request, subject=user)
        self.message_user(request, _("Activated."), messages.SUCCESS)

    @admin.action(description=_("End all sessions"))
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            ended = sessions.end_all(user, but=sessions.key_of(request))
            audit.note(
                AuditEntry.Kind.SESSIONS_ENDED, target=str(ended), request=request, subject=user
            )
        self.message_user(request, _("Sessions ended."), messages.SUCCESS)

    @admin.action(description=_("Remove second factors (lost phone or key)"))
    def remove_second_factors(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        require_recent_sign_in(request)
        for user in queryset:
            Authenticator.objects.filter(user=user).delete()
            audit.note(AuditEntry.Kind.FACTOR_REMOVED, target="all", request=request, subject=user)
        self.message_user(request, _("Second factors removed."), messages.SUCCESS)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ["at", "who", "kind", "whom", "target", "team", "ip"]
    list_filter = ["kind", "at"]
    list_select_related = ["actor", "subject", "team"]
    search_fields = ["target", "actor__username", "subject__username", "team__name", "request_id"]
    show_full_result_count = False

    @admin.display(description=_("person"))
    def who(self, entry: AuditEntry) -> str:
        return entry.who

    @admin.display(description=_("object"))
    def whom(self, entry: AuditEntry) -> str:
        return entry.whom


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = ["name", "prefix", "team", "creator", "expires_at", "last_used_at", "revoked_at"]
    list_filter = ["expires_at", "revoked_at"]
    list_select_related = ["team", "creator"]
    search_fields = ["name", "key_id", "team__name", "creator__username"]
    fields = [
        *("name", "prefix", "team", "creator", "scopes", "connections", "created_at", "expires_at"),
        *("last_used_at", "last_used_ip", "revoked_at"),
    ]
    readonly_fields = ["prefix"]

    @admin.display(description=_("begins with"))
    def prefix(self, key: ApiKey) -> str:
        return key.prefix


class MembershipInline(admin.TabularInline[Membership, Team]):
    model = Membership
    extra = 0
    raw_id_fields = ["user"]


@admin.register(Team)
class TeamAdmin(NotedAdmin[Team]):
    form = TeamForm
    fields = ["name", "slug", "personal_of"]
    list_display = ["name", "slug", "personal_of", "created_at"]
    list_select_related = ["personal_of"]
    search_fields = ["name", "slug", "memberships__user__username"]
    prepopulated_fields = {"slug": ["name"]}
    raw_id_fields = ["personal_of"]
    inlines = [MembershipInline]
