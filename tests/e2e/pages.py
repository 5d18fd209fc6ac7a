from xdportal.catalog.models import Catalog, Check


def paths(catalog: Catalog) -> list[str]:
    """One address of every kind of page that a member reads."""
    base = f"/c/{catalog.slug}"
    check = Check.objects.latest("pk").pk
    return [
        "/",
        f"{base}/images/",
        f"{base}/images/?q=nothing",
        f"{base}/images/4005/",
        f"{base}/images/{'w' * 128}/",
        f"{base}/changes/",
        f"{base}/snapshots/",
        f"{base}/snapshots/2/",
        f"{base}/compare/",
        f"{base}/checks/{check}/",
        "/errors/",
        "/errors/decode/",
        "/settings/connections/",
        f"/settings/connections/{catalog.slug}/",
        "/settings/connections/new/",
        "/settings/profile/",
        "/settings/members/?team=render",
        "/settings/teams/new/",
        "/settings/audit/?team=render",
        "/password/",
        "/settings/email/",
        "/settings/second-factor/",
        "/settings/second-factor/webauthn/",
        "/settings/sessions/",
        "/settings/sign-on/",
        "/settings/privacy/",
    ]
