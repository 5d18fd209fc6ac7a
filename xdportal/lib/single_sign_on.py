"""Single sign-on, configured by the environment and otherwise absent."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from xdportal.lib.env import Environment

PACKAGE = "allauth.socialaccount.providers"
DINGTALK_ORIGINS = ["https://login.dingtalk.com"]
FEISHU_ORIGINS = [
    "https://open.feishu.cn",
    "https://accounts.feishu.cn",
    "https://passport.feishu.cn",
]


@dataclass
class SingleSignOn:
    """What allauth needs, and the origins that the sign-in page's form may lead to."""

    apps: list[str] = field(default_factory=list)
    providers: dict[str, Any] = field(default_factory=dict)
    origins: list[str] = field(default_factory=list)

    def add(self, provider: str, app: dict[str, Any], origins: list[str]) -> None:
        self.apps.append(f"{PACKAGE}.{provider}")
        self.providers[provider] = {"APPS": [app]}
        self.origins.extend(origins)


def read(env: Environment) -> SingleSignOn:
    sign_on = SingleSignOn()
    if env.text("OIDC_SERVER_URL"):
        server = env.url("OIDC_SERVER_URL", "", https_unless_loopback=True)
        settings = {"server_url": server, "oauth_pkce_enabled": True}
        name = env.text("OIDC_NAME", "OpenID Connect")
        app = {"provider_id": "oidc", "name": name, **_client(env, "OIDC"), "settings": settings}
        parts = urlsplit(server)
        sign_on.add("openid_connect", app, [f"{parts.scheme}://{parts.netloc}"])
    if env.text("DINGTALK_CLIENT_ID"):
        app = {"name": "钉钉 DingTalk", **_client(env, "DINGTALK")}
        sign_on.add("dingtalk", app, DINGTALK_ORIGINS)
    if env.text("FEISHU_CLIENT_ID"):
        app = {"name": "飞书 Feishu", **_client(env, "FEISHU")}
        sign_on.add("feishu", app, FEISHU_ORIGINS)
    return sign_on


def _client(env: Environment, prefix: str) -> dict[str, str]:
    client_id = env.text(f"{prefix}_CLIENT_ID")
    secret = env.text(f"{prefix}_CLIENT_SECRET")
    if not (client_id and secret):
        raise ImproperlyConfigured(
            f"{prefix}_CLIENT_ID and {prefix}_CLIENT_SECRET belong together: one is missing."
        )
    return {"client_id": client_id, "secret": secret}
