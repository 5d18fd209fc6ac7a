"""Every address of the portal × everyone × GET and POST. A new address without a row fails."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, path
from django.utils import timezone

from tests.items import give, items, package, personal
from tests.sign_in import confirm_identity
from xdportal.accounts import audit, keys
from xdportal.accounts.keys import NewKey
from xdportal.accounts.models import AuditEntry, Invitation, Membership, User, hash_token
from xdportal.alerts import public
from xdportal.alerts.channels import webhook
from xdportal.alerts.channels.base import Config
from xdportal.alerts.deliveries import outbox
from xdportal.alerts.models import Channel, ExpectedChange, Recipe, Rule
from xdportal.alerts.pins import actions as pins
from xdportal.alerts.pins.actions import Actor, Wish
from xdportal.alerts.public import TokenWish
from xdportal.alerts.unsubscribing import unsubscribe_url
from xdportal.catalog.models import Catalog, Event, SavedFilter, ShapeChange
from xdportal.connections.models import Connection

PEOPLE = ("anonymous", "stranger", "reader", "member", "manager", "owner", "administrator")
EVERYBODY = "302 200 200 200 200 200 200"  # signed in
ENTRANCE = "200 302 302 302 302 302 302"  # signed in: away to the dashboard
AWAY = "302 " * 7
NONE = "302 404 404 404 404 404 404"  # not theirs
PUBLIC = "200 200 200 200 200 200 200"
MANAGERS = "302 404 403 403 200 200 404"
ASKED_OWNER = "302 404 403 403 403 200 404"  # with nothing entered: asked again
ASKED_MEMBER = "302 404 403 200 200 200 404"  # with nothing entered: asked again
NO_GET, NO_POST = "302 405 405 405 405 405 405", "302 405 405 405 405 405 405"
NOT_ALLOWED = "405 " * 7
NOWHERE = "404 " * 7
API = "401 200 200 200 200 200 200"  # a session reads
API_NONE = "401 404 404 404 404 404 404"
API_LOOK = "401 404 200 200 200 200 404"
KEY_NEEDED = "401 " * 7  # a session does not write
LOOK = "302 404 200 200 200 200 404"
WORK = "302 404 403 302 302 302 404"
MANAGE = "302 404 403 403 302 302 404"
OWN = "302 404 403 302 403 403 404"  # the member's own connection
BACK = "302 404 302 302 302 302 404"  # the address of a refused form leads back to its page
STEER = "302 404 403 302 302 302 404"  # its own user, and managers
DELETE = "302 404 403 200 403 200 404"  # with the name left out: asked again
ADDED = "302 200 200 200 200 200 200"  # everyone has a personal team

# name → address, GET, POST. Statuses in the order of PEOPLE.
MATRIX: dict[str, tuple[str, str, str]] = {
    "dashboard": ("/", EVERYBODY, NO_POST),
    "catalog": ("/c/{slug}/", "302 302 302 302 302 302 302", NO_POST),
    "items": ("/c/{slug}/images/", LOOK, NO_POST),
    "item": ("/c/{slug}/images/1/", LOOK, NO_POST),
    "item-note": ("/c/{slug}/images/1/note/", BACK, WORK),
    "changes": ("/c/{slug}/changes/", LOOK, NO_POST),
    "snapshots": ("/c/{slug}/snapshots/", LOOK, NO_POST),
    "snapshot": ("/c/{slug}/snapshots/1/", LOOK, NO_POST),
    "compare": ("/c/{slug}/compare/", LOOK, NO_POST),
    "check": ("/c/{slug}/checks/{check}/", LOOK, NO_POST),
    "items-export": ("/c/{slug}/images.csv", LOOK, NO_POST),
    "item-ids": ("/c/{slug}/images.txt", LOOK, NO_POST),
    "changes-export": ("/c/{slug}/changes.json", LOOK, NO_POST),
    "snapshot-export": ("/c/{slug}/snapshots/1.csv", LOOK, NO_POST),
    "compare-export": ("/c/{slug}/compare.json", LOOK, NO_POST),
    "pairs": ("/c/{slug}/pairs/", LOOK, NO_POST),
    "pairs-export": ("/c/{slug}/pairs.csv", LOOK, NO_POST),
    "compare-catalogs": ("/compare/", EVERYBODY, NO_POST),
    "compare-catalogs-export": ("/compare.csv?left={slug}&right={slug}", LOOK, NO_POST),
    "team-changes": ("/changes/?team=render", LOOK, NO_POST),
    "check-now": ("/c/{slug}/check/", NO_GET, WORK),
    "filter-save": ("/c/{slug}/filters/", NO_GET, BACK),
    "filter-delete": ("/c/{slug}/filters/{filter}/delete/", NO_GET, MANAGE),
    "accept-quarantined": ("/c/{slug}/held/accept/", MANAGE, MANAGE),
    "discard-quarantined": ("/c/{slug}/held/discard/", MANAGE, MANAGE),
    "connections": ("/settings/connections/", EVERYBODY, NO_POST),
    "connection-add": ("/settings/connections/new/", ADDED, ADDED),
    "connection": ("/settings/connections/{slug}/", LOOK, "302 404 403 200 200 200 404"),
    "connection-credential": ("/settings/connections/{slug}/credential/", BACK, OWN),
    "connection-test": ("/settings/connections/{slug}/test/", NO_GET, OWN),
    "connection-default": (
        "/settings/connections/{slug}/default/",
        NO_GET,
        "302 404 302 302 302 302 404",
    ),
    "connection-pause": ("/settings/connections/{slug}/pause/", NO_GET, STEER),
    "connection-resume": ("/settings/connections/{slug}/resume/", NO_GET, STEER),
    "connection-kinds": (
        "/settings/connections/{slug}/kinds/",
        BACK,
        "302 404 403 200 200 200 404",  # with nothing chosen: asked again
    ),
    "connection-move": ("/settings/connections/{slug}/move/", BACK, DELETE),
    "connection-delete": ("/settings/connections/{slug}/delete/", BACK, DELETE),
    "account_login": ("/login/", ENTRANCE, ENTRANCE),
    "account_logout": ("/logout/", EVERYBODY, AWAY),
    "account_signup": ("/signup/", ENTRANCE, ENTRANCE),
    "account_inactive": ("/inactive/", PUBLIC, "405 " * 7),
    "account_reauthenticate": ("/reauthenticate/", EVERYBODY, EVERYBODY),
    "account_change_password": ("/password/", EVERYBODY, EVERYBODY),
    "account_set_password": ("/password/set/", AWAY, AWAY),  # they have one
    "account_reset_password": ("/password/reset/", PUBLIC, PUBLIC),
    "account_reset_password_done": ("/password/reset/sent/", PUBLIC, "405 " * 7),
    "account_reset_password_from_key": (
        "/password/reset/1-x-y/",
        PUBLIC,
        PUBLIC,
    ),  # "no longer works"
    "account_reset_password_from_key_done": ("/password/reset/done/", PUBLIC, "405 " * 7),
    "account_email": ("/settings/email/", EVERYBODY, AWAY),
    "account_email_verification_sent": ("/settings/email/sent/", PUBLIC, "405 " * 7),
    "account_confirm_email": ("/settings/email/x:y/", PUBLIC, "404 " * 7),
    "mfa_index": ("/settings/second-factor/", EVERYBODY, NO_POST),
    "mfa_authenticate": (
        "/settings/second-factor/authenticate/",
        AWAY,
        AWAY,
    ),  # no password was given before
    "mfa_reauthenticate": ("/settings/second-factor/reauthenticate/", AWAY, AWAY),  # they have none
    "mfa_activate_totp": ("/settings/second-factor/totp/activate/", EVERYBODY, EVERYBODY),
    "mfa_deactivate_totp": ("/settings/second-factor/totp/deactivate/", NONE, NONE),
    "mfa_view_recovery_codes": ("/settings/second-factor/recovery-codes/", NONE, NO_POST),
    "mfa_generate_recovery_codes": (
        "/settings/second-factor/recovery-codes/generate/",
        EVERYBODY,
        EVERYBODY,
    ),
    "mfa_download_recovery_codes": ("/settings/second-factor/recovery-codes/download/", NONE, NONE),
    "mfa_list_webauthn": ("/settings/second-factor/webauthn/", EVERYBODY, NO_POST),
    "mfa_add_webauthn": ("/settings/second-factor/webauthn/add/", EVERYBODY, EVERYBODY),
    "mfa_reauthenticate_webauthn": ("/settings/second-factor/webauthn/reauthenticate/", AWAY, AWAY),
    "mfa_remove_webauthn": (
        "/settings/second-factor/webauthn/keys/{foreign_key}/remove/",
        NONE,
        NONE,
    ),
    "mfa_edit_webauthn": ("/settings/second-factor/webauthn/keys/{foreign_key}/edit/", NONE, NONE),
    "socialaccount_connections": ("/settings/sign-on/", EVERYBODY, EVERYBODY),
    "socialaccount_signup": ("/sign-on/signup/", AWAY, AWAY),
    "socialaccount_login_cancelled": ("/sign-on/cancelled/", PUBLIC, "405 " * 7),
    "socialaccount_login_error": ("/sign-on/error/", "302 " + "401 " * 6, NO_POST),
    "dingtalk_login": ("/sign-on/dingtalk/login/", PUBLIC, AWAY),
    "dingtalk_callback": ("/sign-on/dingtalk/login/callback/", "401 " * 7, "401 " * 7),
    "feishu_login": ("/sign-on/feishu/login/", PUBLIC, AWAY),
    "feishu_callback": ("/sign-on/feishu/login/callback/", "401 " * 7, "401 " * 7),
    "openid_connect_login": (
        "/sign-on/oidc/oidc/login/",
        PUBLIC,
        "502 " * 7,
    ),  # there is none at that address
    "openid_connect_callback": ("/sign-on/oidc/oidc/login/callback/", "401 " * 7, "401 " * 7),
    "sessions": ("/settings/sessions/", EVERYBODY, NO_POST),
    "sessions-end": ("/settings/sessions/end/", NO_GET, AWAY),
    "session-end": ("/settings/sessions/{foreign_session}/end/", NO_GET, NONE),
    "first-administrator": ("/welcome/x/", "404 " * 7, "404 " * 7),
    "settings": ("/settings/", AWAY, NO_POST),
    "help": ("/help/", EVERYBODY, NO_POST),
    "profile": ("/settings/profile/", EVERYBODY, "302 200 200 200 200 200 200"),
    "members": ("/settings/members/?team=render", LOOK, NO_POST),
    "member-role": (
        "/settings/members/{membership}/role/?role=reader",
        "302 404 403 403 200 200 404",
        "302 404 403 403 302 302 404",
    ),
    "member-remove": (
        "/settings/members/{membership}/remove/",
        "302 404 403 403 200 200 404",
        "302 404 403 403 302 302 404",
    ),
    "invitation-withdraw": ("/settings/invitations/{invitation}/withdraw/", NO_GET, MANAGE),
    "team-add": ("/settings/teams/new/", EVERYBODY, EVERYBODY),
    "team-invite": ("/settings/teams/render/invite/", NO_GET, "302 404 403 403 200 200 404"),
    "team-rename": ("/settings/teams/render/rename/", NO_GET, ASKED_OWNER),
    "team-hand-over": ("/settings/teams/render/hand-over/", NO_GET, ASKED_OWNER),
    "team-delete": ("/settings/teams/render/delete/", NO_GET, ASKED_OWNER),
    "unsubscribe": ("/unsubscribe/{unsubscribe}/", PUBLIC, PUBLIC),
    "invitation": ("/invitations/{token}/", PUBLIC, "200 302 302 302 302 302 302"),
    "keys": ("/settings/keys/?team=render", LOOK, NO_POST),
    "key-add": (
        "/settings/teams/render/keys/",
        BACK,
        "302 404 200 200 200 200 404",
    ),  # with nothing entered
    "key-renew": ("/settings/keys/{key}/renew/", NO_GET, OWN),
    "key-revoke": ("/settings/keys/{key}/revoke/", NO_GET, WORK),
    "pins": ("/pins/?team=render", LOOK, NO_POST),
    "pins-export": ("/pins.json?team=render", LOOK, NO_POST),
    "pins-paste": ("/pins/of/render/", BACK, "302 404 403 200 200 200 404"),  # with nothing entered
    "pin-star": ("/pins/star/{slug}/images/1/", NO_GET, WORK),
    "pin": ("/pins/{pin}/", LOOK, NO_POST),
    "pin-repin": ("/pins/{pin}/repin/", BACK, ASKED_MEMBER),
    "pin-edit": ("/pins/{pin}/edit/", BACK, ASKED_MEMBER),
    "pin-acknowledge": ("/pins/{pin}/acknowledge/", BACK, WORK),
    "pin-mute": ("/pins/{pin}/mute/", BACK, ASKED_MEMBER),
    "pin-unmute": ("/pins/{pin}/unmute/", NO_GET, WORK),
    "pin-remove": ("/pins/{pin}/remove/", "302 404 403 200 200 200 404", WORK),
    "recipes": ("/recipes/?team=render", LOOK, NO_POST),
    "recipe-add": ("/recipes/of/render/", BACK, ASKED_MEMBER),
    "recipe-of-pair": ("/recipes/of-pair/{slug}/", NO_GET, WORK),
    "recipe-remove": ("/recipes/{recipe}/remove/", NO_GET, WORK),
    "inbox": ("/inbox/?team=render", LOOK, NO_POST),
    "inbox-read": ("/inbox/of/render/read/", NO_GET, "302 404 302 302 302 302 404"),  # one's own
    "expect": ("/inbox/of/render/expect/", BACK, ASKED_MEMBER),
    "list-mute": ("/inbox/of/render/mute/", BACK, ASKED_MEMBER),
    "list-unmute": ("/inbox/lists/{slug}/images/unmute/", NO_GET, WORK),
    "expected-withdraw": ("/inbox/expected/{expected}/withdraw/", NO_GET, WORK),
    "alerts": ("/settings/alerts/?team=render", LOOK, NO_POST),
    "own-alerts": (
        "/settings/alerts/own/",
        EVERYBODY,
        EVERYBODY,
    ),  # with nothing chosen: asked again
    "channel-add": ("/settings/alerts/of/render/dingtalk/", MANAGERS, MANAGERS),
    "channel": ("/settings/alerts/channels/{channel}/", MANAGERS, NO_POST),
    "channel-address": ("/settings/alerts/channels/{channel}/address/", MANAGE, MANAGERS),
    "channel-times": ("/settings/alerts/channels/{channel}/times/", MANAGE, MANAGERS),
    "channel-test": ("/settings/alerts/channels/{channel}/test/", NO_GET, MANAGE),
    "channel-rotate": ("/settings/alerts/channels/{channel}/rotate/", NO_GET, MANAGERS),
    "channel-rotated": ("/settings/alerts/channels/{channel}/rotated/", NO_GET, MANAGE),
    "channel-remove": ("/settings/alerts/channels/{channel}/remove/", MANAGERS, MANAGE),
    "channel-state": ("/settings/alerts/channels/{channel}/pause/", NO_GET, MANAGE),
    "rule-add": ("/settings/alerts/channels/{channel}/rules/", MANAGE, MANAGERS),
    "rule-remove": ("/settings/alerts/rules/{rule}/remove/", NO_GET, MANAGE),
    "deliveries": ("/settings/alerts/deliveries/?team=render", LOOK, NO_POST),
    "delivery": ("/settings/alerts/deliveries/{delivery}/", LOOK, NO_POST),
    "delivery-resend": ("/settings/alerts/deliveries/{delivery}/resend/", NO_GET, MANAGE),
    "audit": ("/settings/audit/?team=render", MANAGERS, NO_POST),
    "audit-export": ("/settings/audit.csv?team=render", MANAGERS, NO_POST),
    "privacy": ("/settings/privacy/", EVERYBODY, NO_POST),
    "data-export": ("/settings/privacy.json", EVERYBODY, NO_POST),
    "account-delete": (
        "/settings/privacy/delete/",
        NO_GET,
        EVERYBODY,
    ),  # with no name entered: asked again
    "set-language": ("/settings/language/", "405 " * 7, "302 " * 7),
    "set-theme": ("/settings/theme/", "405 " * 7, "302 " * 7),
    "error-codes": ("/errors/", EVERYBODY, NO_POST),
    "error-code": ("/errors/401/", EVERYBODY, NO_POST),
    "decoder": ("/errors/decode/", EVERYBODY, EVERYBODY),
    "search": ("/search/?q=4005", EVERYBODY, NO_POST),
    "check-ids": ("/check/", EVERYBODY, EVERYBODY),
    "changes-read": ("/changes/of/render/read/", NO_GET, "302 404 302 302 302 302 404"),
    "api-docs": ("/api/docs/", PUBLIC, NOT_ALLOWED),
    "api-docs-part": ("/api/docs/lists/", PUBLIC, NOT_ALLOWED),
    "api-specification": ("/api/openapi.json", PUBLIC, NOT_ALLOWED),
    "api-get-specification": ("/api/v1/openapi.json", PUBLIC, NOT_ALLOWED),
    "api-nowhere": ("/api/v1/nowhere", NOWHERE, NOWHERE),
    "api-root": ("/api/v1/", NOWHERE, NOWHERE),
    "api-get-status": ("/api/v1/status", API, NOT_ALLOWED),
    "api-list-connections": ("/api/v1/connections", API, NOT_ALLOWED),
    "api-get-connection": ("/api/v1/connections/{slug}", API_LOOK, NOT_ALLOWED),
    "api-list-checks": ("/api/v1/connections/{slug}/checks", API_LOOK, NOT_ALLOWED),
    "api-start-check": ("/api/v1/connections/{slug}/check", NOT_ALLOWED, KEY_NEEDED),
    "api-list-items": ("/api/v1/connections/{slug}/images", API_LOOK, NOT_ALLOWED),
    "api-get-item": ("/api/v1/connections/{slug}/images/1", API_LOOK, NOT_ALLOWED),
    "api-list-changes": ("/api/v1/connections/{slug}/images/changes", API_LOOK, NOT_ALLOWED),
    "api-list-snapshots": ("/api/v1/connections/{slug}/images/snapshots", API_LOOK, NOT_ALLOWED),
    "api-get-snapshot": ("/api/v1/connections/{slug}/images/snapshots/1", API_LOOK, NOT_ALLOWED),
    "api-compare-snapshots": (
        "/api/v1/connections/{slug}/images/compare?from=1",
        API_LOOK,
        NOT_ALLOWED,
    ),
    "api-compare-connections": ("/api/v1/compare?left={slug}&right={slug}", API_LOOK, NOT_ALLOWED),
    "api-resolve": (
        "/api/v1/resolve?name=Ubuntu%20Server&version=20.04%20x64&connection={slug}&type=none",
        "401 404 404 404 404 404 404",
        NOT_ALLOWED,
    ),
    "api-check": ("/api/v1/check", NOT_ALLOWED, KEY_NEEDED),
    "api-list-pairs": ("/api/v1/connections/{slug}/pairs", API_LOOK, NOT_ALLOWED),
    "api-list-pins": ("/api/v1/pins", API, KEY_NEEDED),
    "api-declare-pins": ("/api/v1/pins/bulk", NOT_ALLOWED, NOT_ALLOWED),
    "api-show-pin": ("/api/v1/pins/none", API_NONE, NOT_ALLOWED),
    "api-repin": ("/api/v1/pins/none/repin", NOT_ALLOWED, KEY_NEEDED),
    "api-acknowledge": ("/api/v1/pins/none/acknowledge", NOT_ALLOWED, KEY_NEEDED),
    "api-mute": ("/api/v1/pins/none/mute", NOT_ALLOWED, KEY_NEEDED),
    "api-list-recipes": ("/api/v1/recipes", API, KEY_NEEDED),
    "api-show-recipe": ("/api/v1/recipes/none", API_NONE, NOT_ALLOWED),
    "api-list-events": ("/api/v1/events", API, NOT_ALLOWED),
    "api-list-releases": ("/api/v1/renovate/none", API_NONE, NOT_ALLOWED),
    "api-terraform-variables": ("/api/v1/outputs/terraform.tfvars.json", API, NOT_ALLOWED),
    "api-terraform-external": ("/api/v1/outputs/terraform-external.json", API, NOT_ALLOWED),
    "api-ansible-variables": ("/api/v1/outputs/ansible.yml", API, NOT_ALLOWED),
    "api-shell-variables": ("/api/v1/outputs/pins.env", API, NOT_ALLOWED),
    "api-list-errors": ("/api/v1/errors", API, NOT_ALLOWED),
    "api-get-error": ("/api/v1/errors/7005", API, NOT_ALLOWED),
    "api-decode": ("/api/v1/decode", NOT_ALLOWED, KEY_NEEDED),
    "feeds": ("/settings/feeds/?team=render", LOOK, NO_POST),
    "feed-add": ("/settings/teams/render/feeds/", BACK, "302 404 200 200 200 200 404"),
    "feed-revoke": ("/settings/feeds/{public_token}/revoke/", NO_GET, WORK),
    "feed": ("/feeds/none/pins.atom", NOWHERE, NOT_ALLOWED),
    "badge": ("/badge/none.svg", NOWHERE, NOT_ALLOWED),
    "use-in-ci": ("/ci/", PUBLIC, NOT_ALLOWED),
    "ci-client": ("/cli/xdportal.py", PUBLIC, NOT_ALLOWED),
    "ci-client-checksum": ("/cli/xdportal.py.sha256", PUBLIC, NOT_ALLOWED),
    "healthz": ("/healthz", PUBLIC, "405 " * 7),
    "readyz": ("/readyz", "503 " * 7, "405 " * 7),
    "metrics": ("/metrics", "404 " * 7, "405 " * 7),
}
# The lists of other kinds have the same pages under their own address.
OF_A_LIST = [
    *("items", "item", "item-note", "changes", "snapshots", "snapshot", "compare", "check"),
    *("items-export", "item-ids", "changes-export", "snapshot-export", "compare-export"),
    *("check-now", "accept-quarantined", "discard-quarantined"),
    *("filter-save", "filter-delete"),
]
for page in OF_A_LIST:
    of_images, *statuses = MATRIX[page]
    of_packages = of_images.replace("{slug}/", "{slug}/packages-payg/", 1)
    of_packages = of_packages.replace("packages-payg/images.", "packages-payg.")
    of_packages = of_packages.replace("images/1/", "items/1/").replace("images/", "")
    MATRIX[f"kind:{page}"] = (of_packages.replace("{check}", "{package_check}"), *statuses)
# The admin panel: address, and what the administrator gets for GET and POST. Everyone else is led
# away, always.
ADMIN: dict[str, tuple[str, str]] = {
    "admin:index": ("/admin/", "200 200"),
    "admin:login": ("/admin/login/", "302 200"),
    "admin:logout": ("/admin/logout/", "405 302"),
    "admin:password_change": ("/admin/password_change/", "200 200"),
    "admin:password_change_done": ("/admin/password_change/done/", "200 405"),
    "admin:autocomplete": ("/admin/autocomplete/", "403 405"),
    "admin:jsi18n": ("/admin/jsi18n/", "200 405"),
    "admin:view_on_site": ("/admin/r/1/1/", "404 404"),
    "admin:app_list": ("/admin/catalog/", "200 200"),
    "admin:": ("/admin/nowhere/", "404 404"),
    "admin-status": ("/admin/status/", "200 405"),
    "admin-test-mail": ("/admin/status/test-mail/", "405 302"),
    "admin-failures": ("/admin/failures/", "200 405"),
    "admin:auth_user_password_change": ("/admin/accounts/user/{user}/password/", "200 200"),
}
# app_model → whether rows can be added, changed, deleted.
ADMIN_MODELS = {
    "accounts_user": ("accounts/user/", "{user}", True, True, True),
    "accounts_team": ("accounts/team/", "{team}", True, True, True),
    "accounts_apikey": ("accounts/apikey/", "{key}", False, False, False),
    "accounts_auditentry": ("accounts/auditentry/", "{entry}", False, False, False),
    "connections_connection": ("connections/connection/", "{connection}", False, True, False),
    "catalog_check": ("catalog/check/", "{check}", False, False, False),
    "catalog_snapshot": ("catalog/snapshot/", "{snapshot}", False, False, False),
    "catalog_imagelisting": ("catalog/imagelisting/", "{listing}", False, False, False),
    "catalog_packagelisting": ("catalog/packagelisting/", "{package_listing}", False, False, False),
    "catalog_personallisting": (
        "catalog/personallisting/",
        "{personal_listing}",
        False,
        False,
        False,
    ),
    "catalog_event": ("catalog/event/", "{event}", False, False, False),
    "catalog_shapechange": ("catalog/shapechange/", "{shape}", False, False, False),
    "alerts_channel": ("alerts/channel/", "{own_channel}", False, False, False),
    "alerts_pin": ("alerts/pin/", "{pin_key}", False, False, False),
    "alerts_delivery": ("alerts/delivery/", "{own_delivery}", False, False, False),
}
for model, (place, row, adds, changes, deletes) in ADMIN_MODELS.items():
    base = f"/admin/{place}"
    ADMIN[f"admin:{model}_changelist"] = (base, "200 200")
    ADMIN[f"admin:{model}_add"] = (f"{base}add/", "200 200" if adds else "403 403")
    ADMIN[f"admin:{model}_history"] = (f"{base}{row}/history/", "200 200")
    ADMIN[f"admin:{model}_delete"] = (f"{base}{row}/delete/", "200 200" if deletes else "403 403")
    ADMIN[f"admin:{model}_change"] = (f"{base}{row}/change/", "200 200" if changes else "200 403")


@pytest.fixture
def stage(cast: SimpleNamespace, simulator: Any, connect: Any) -> SimpleNamespace:
    connection = connect(kinds=["images", "packages-payg", "personal"])
    catalog = connection.catalogs.get(kind="images")
    values = accounts_of(cast) | lists_of(connection) | pins_of(cast, catalog) | channels_of(cast)
    people = (None, cast.stefan, cast.rita, cast.mia, cast.max, cast.olga, cast.ada)
    return SimpleNamespace(people=dict(zip(PEOPLE, people, strict=True)), values=values)


def lists_of(connection: Connection) -> dict[str, Any]:
    at = timezone.now() - timedelta(minutes=50)  # two intervals later the lists are out of date
    images: Catalog = connection.catalogs.get(kind="images")
    check = give(images, items(range(6)), at).check
    packages: Catalog = connection.catalogs.get(kind="packages-payg")
    package_check = give(packages, [package("1")], at).check
    mine: Catalog = connection.catalogs.get(kind="personal")
    give(mine, [personal("1")], at)
    return {
        "slug": connection.slug,
        "connection": connection.pk,
        "check": check.pk,
        "package_check": package_check.pk,
        "snapshot": images.snapshots.get().pk,
        "listing": images.listings.first().pk,  # type: ignore[union-attr]
        "package_listing": packages.listings.get().pk,
        "personal_listing": mine.listings.get().pk,
        "event": Event.objects.latest("pk").pk,
        "shape": ShapeChange.objects.create(what="new", at=at, last_at=at).pk,
    }


def accounts_of(cast: SimpleNamespace) -> dict[str, Any]:
    other = User.objects.create_user("other", "other@example.com", "correct horse")
    cast.other = other
    second_factor = Authenticator.objects.create(
        user=other, type="webauthn", data={"name": "Key", "credential": {}}
    )
    session = UserSession.objects.create(
        user=other, ip="192.0.2.1", session_key="other", user_agent=""
    )
    token = Invitation.objects.invite(cast.team, "new@example.com", "reader", cast.olga)
    public_token = TokenWish("reader", "feeds")
    return {
        "team": cast.team.pk,
        "user": User.objects.create_user("spare").pk,
        "membership": Membership.objects.create(team=cast.team, user=other, role="reader").pk,
        "filter": SavedFilter.objects.create(
            team=cast.team,
            owner=cast.olga,
            kind="images",
            name="BL",
            query="type=BL",
            is_shared=True,
        ).pk,
        "foreign_key": second_factor.pk,
        "foreign_session": session.pk,
        "token": token,
        "invitation": Invitation.objects.get(token_hash=hash_token(token)).pk,
        "key": keys.create(cast.team, cast.mia, NewKey("ci", ["check"], 30))[0].pk,
        "public_token": public.create(cast.team, cast.mia, public_token, timezone.now())[0].pk,
        "entry": audit.note(AuditEntry.Kind.PAUSED, cast.team).pk,
    }


def pins_of(cast: SimpleNamespace, catalog: Catalog) -> dict[str, Any]:
    now = timezone.now()
    pin = pins.create(Wish(catalog, "1"), Actor(cast.mia, now))
    recipe = Recipe.objects.create(
        team=cast.team, label="Night", image=pin, package=pin, billing="packages-payg"
    )
    expected = ExpectedChange.objects.create(
        team=cast.team, catalog=catalog, starts_at=now, ends_at=now
    )
    return {
        "pin": pin.uuid,
        "pin_key": pin.pk,
        "recipe": recipe.uuid,
        "expected": expected.uuid,
    }


def channels_of(cast: SimpleNamespace) -> dict[str, Any]:
    """Return a person's and a team's channel. No request leaves for them."""
    now = timezone.now()
    own_channel = Channel.objects.personal(cast.other)
    own_delivery = outbox.new(own_channel, now)
    own_delivery.save()
    channel = Channel(team=cast.team, kind="webhook", name="deploy")
    channel.set_config(Config("https://127.0.0.1/hook", webhook.new_secret()))
    channel.save()
    delivery = outbox.new(channel, now)
    delivery.save()
    return {
        "own_channel": own_channel.pk,
        "own_delivery": own_delivery.pk,
        "unsubscribe": unsubscribe_url(own_channel).rsplit("/", 2)[1],
        "channel": channel.uuid,
        "rule": Rule.objects.create(channel=channel, events="pins").uuid,
        "delivery": delivery.uuid,
    }


def client_of(stage: SimpleNamespace, person: str) -> Client:
    client = Client(raise_request_exception=False)
    if stage.people[person] is not None:
        client.force_login(stage.people[person])
        confirm_identity(client, stage.people[person])
    return client


@contextmanager
def undone() -> Iterator[None]:
    """Take back what one person's request changed, so that the next meets the same stage."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    cache.clear()


@pytest.mark.parametrize("name", MATRIX)
def test_everyone_gets_what_the_matrix_says(stage: SimpleNamespace, name: str) -> None:
    address, get, post = MATRIX[name]
    path = address.format(**stage.values)
    found_get = {}
    found_post = {}
    for person in PEOPLE:
        with undone():
            client = client_of(stage, person)
            found_get[person] = client.get(path).status_code
            Connection.objects.filter(slug=stage.values["slug"]).update(state="ok")
            found_post[person] = client.post(path).status_code

    assert found_get == by_person(get)
    assert found_post == by_person(post)


def by_person(statuses: str) -> dict[str, int]:
    return dict(zip(PEOPLE, map(int, statuses.split()), strict=True))


@pytest.mark.parametrize("name", ADMIN)
def test_the_admin_panel_is_the_administrators(stage: SimpleNamespace, name: str) -> None:
    address, statuses = ADMIN[name]
    path = address.format(**stage.values)
    for person in PEOPLE[:-1]:
        client = client_of(stage, person)
        expected = (403, 403) if name == "admin:login" and person != "anonymous" else (302, 302)
        if name != "admin:logout":
            assert (client.get(path).status_code, client.post(path).status_code) == expected, person
    client = client_of(stage, "administrator")
    assert [client.get(path).status_code, client.post(path).status_code] == [
        int(s) for s in statuses.split()
    ]


def names(patterns: list[Any], namespace: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names(
                pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else namespace
            )
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name or ''}"


def missing(rows: dict[str, Any]) -> set[str]:
    return set(names(get_resolver().url_patterns)) - set(rows)


def test_every_address_has_a_row() -> None:
    assert missing({**MATRIX, **ADMIN}) == set()


def test_every_row_is_an_address() -> None:
    assert {**MATRIX, **ADMIN}.keys() - set(names(get_resolver().url_patterns)) == set()


@pytest.mark.parametrize(
    "name", ["check", "account_login", "mfa_index", "admin:accounts_user_change", "audit"]
)
def test_an_address_without_a_row_would_be_noticed(name: str) -> None:
    rows = {**MATRIX, **ADMIN}
    del rows[name]

    assert missing(rows) == {name}


def test_a_new_address_would_be_noticed() -> None:
    added = [*get_resolver().url_patterns, path("new/", lambda request: None, name="new")]

    assert set(names(added)) - MATRIX.keys() - ADMIN.keys() == {"new"}


def test_foreign_and_absent_look_alike(stage: SimpleNamespace) -> None:
    stranger = client_of(stage, "stranger")
    foreign = stranger.get(f"/c/{stage.values['slug']}/images/")
    absent = stranger.get("/c/no-such-000000/images/")

    def blank(page: Any) -> str:
        """Without what names the request: its ID, its token, its address."""
        text = re.sub(r"<code>\w+</code>|value=\"[^\"]*\"", "", page.content.decode())
        assert "Request ID" in text
        return text

    assert (foreign.status_code, blank(foreign)) == (absent.status_code, blank(absent))


def test_changes_need_a_csrf_token(stage: SimpleNamespace) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(stage.people["owner"])

    assert client.post(f"/c/{stage.values['slug']}/check/").status_code == 403
    assert (
        "The form has expired" in client.post(f"/c/{stage.values['slug']}/check/").content.decode()
    )


def test_no_page_carries_inline_script_or_style(stage: SimpleNamespace) -> None:
    client = client_of(stage, "owner")
    for address, get, _ in MATRIX.values():
        if int(get.split()[5]) == 200 and not address.partition("?")[0].endswith(
            (".csv", ".json", ".txt", ".env")
        ):
            page = client.get(address.format(**stage.values)).content.decode()
            assert " style=" not in page, address
            assert "<style" not in page, address
            assert " onclick" not in page, address
            assert page.count("<script") == page.count('<script type="module" src='), address
