"""The addresses of every kind of page, in every state."""

from collections.abc import Iterable

from xdportal.accounts.models import Invitation, Team, User
from xdportal.alerts.models import Channel, Delivery, Kind, Pin
from xdportal.catalog.models import Catalog, Check


def paths(catalog: Catalog) -> list[str]:
    """One address of every kind of page that a member reads."""
    base = f"/c/{catalog.slug}"
    check = catalog.checks.latest("pk").pk
    return [
        "/",
        f"{base}/images/",
        f"{base}/images/?q=nothing",
        f"{base}/images/?status=available&status=withdrawn",
        f"{base}/images/4005/",
        f"{base}/images/4001/?accounts=all",
        f"{base}/images/{'w' * 128}/",
        f"{base}/changes/",
        f"{base}/changes/?kind=added&image=nothing&since=nonsense",
        f"{base}/snapshots/",
        f"{base}/snapshots/2/",
        f"{base}/compare/",
        f"{base}/compare/?from=2&to=1&only=all",
        f"{base}/compare/?from=2&to=2",
        f"{base}/checks/{check}/",
        *other_lists(base),
        *alerts(catalog),
        "/compare/",
        "/changes/?team=render",
        "/errors/",
        "/errors/?q=nothing",
        "/errors/7005/",
        "/errors/220018/",
        "/errors/decode/",
        "/check/?ids=4005+4006+9999",
        "/search/?q=4005",
        "/search/?q=nothing",
        "/help/",
        "/settings/connections/",
        f"/settings/connections/{catalog.slug}/",
        "/settings/connections/new/",
        "/settings/profile/",
        "/settings/members/?team=render",
        "/settings/teams/new/",
        "/settings/keys/?team=render",
        "/settings/audit/?team=render",
        "/password/",
        "/settings/email/",
        "/settings/second-factor/",
        "/settings/second-factor/webauthn/",
        "/settings/sessions/",
        "/settings/sign-on/",
        "/settings/privacy/",
    ]


def alerts(catalog: Catalog) -> list[str]:
    """The pages of pins, recipes, the inbox, channels and deliveries."""
    team = catalog.connection.team
    pins = Pin.objects.filter(team=team)
    channels = Channel.objects.filter(team=team)
    deliveries = Delivery.objects.filter(team=team)
    settings = "/settings/alerts"
    return [
        "/pins/?team=render",
        "/pins/?team=render&q=nothing",
        *(pin.get_absolute_url() for pin in pins),
        *(f"{pin.get_absolute_url()}remove/" for pin in pins[:1]),
        "/recipes/?team=render",
        "/inbox/?team=render",
        "/inbox/?team=render&show=all",
        f"{settings}/?team=render",
        f"{settings}/own/",
        *(f"{settings}/of/render/{kind}/" for kind in Kind.values),
        *(channel.get_absolute_url() for channel in channels),
        *(f"{channel.get_absolute_url()}remove/" for channel in channels[:1]),
        f"{settings}/deliveries/?team=render",
        *(delivery.get_absolute_url() for delivery in deliveries[:2]),
    ]


def other_lists(base: str) -> list[str]:
    """The pages of packages, of personal images, and of what can be booted."""
    return [
        f"{base}/packages-payg/",
        f"{base}/packages-payg/?min=5&gpu=",
        f"{base}/packages-payg/items/7001/",
        f"{base}/packages-payg/changes/",
        f"{base}/packages-payg/compare/",
        f"{base}/packages-payg/snapshots/",
        f"{base}/packages-payg/snapshots/1/",
        f"{base}/packages-rental/",
        f"{base}/personal/",
        f"{base}/personal/items/8002/",
        f"{base}/personal/changes/",
        f"{base}/pairs/",
        f"{base}/pairs/?image=4005&package=7002",
        f"{base}/pairs/?image=4005&package=7003",
    ]


def state_paths(states: Iterable[Catalog]) -> list[str]:
    """The pages of catalogs to which something happened."""
    found = []
    for catalog in states:
        base = f"/c/{catalog.slug}"
        found += [f"{base}/{page}/" for page in ("images", "changes", "snapshots", "compare")]
        found.append(f"/settings/connections/{catalog.slug}/")
        if catalog.quarantined_answer is not None:
            found += [f"{base}/held/{word}/" for word in ("accept", "discard")]
        found += [
            f"{base}/checks/{check.pk}/"
            for check in Check.objects.filter(catalog=catalog).order_by("-pk")[:1]
        ]
    return found


def newcomer_paths() -> list[str]:
    """Return the pages of someone who has connected nothing yet."""
    return ["/", "/settings/connections/", "/settings/connections/new/", "/settings/members/"]


def public_paths(team: Team, inviter: User) -> list[str]:
    """Return the pages of someone who is not signed in."""
    token = Invitation.objects.invite(team, "new@example.com", "member", inviter)
    return [
        "/login/",
        "/signup/",
        "/inactive/",
        "/password/reset/",
        "/password/reset/sent/",
        "/password/reset/1-x-y/",
        "/password/reset/done/",
        "/settings/email/sent/",
        "/sign-on/cancelled/",
        f"/invitations/{token}/",
    ]
