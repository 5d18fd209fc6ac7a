"""All kinds of channels, by name."""

import hashlib
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from xdportal.alerts.channels import dingtalk, feishu, mail, slack, teams, webhook, wecom
from xdportal.alerts.channels.base import Config, Limits, Robot

MAIL = "mail"
ROBOTS: dict[str, Robot] = {
    module.KIND.name: module.KIND for module in (webhook, dingtalk, feishu, wecom, slack, teams)
}
LABELS: dict[str, str | Promise] = {
    MAIL: _("Mail"),
    **{name: robot.label for name, robot in ROBOTS.items()},
}


def validate(kind: str, url: str, secret: str = "", keyword: str = "") -> Config:
    """Return the configuration to seal; raise a ValidationError by field (url, secret, keyword)."""
    if kind == MAIL:
        return mail.validate(url)
    return ROBOTS[kind].validate(url, secret, keyword)


def limits_of(kind: str) -> Limits:
    return mail.LIMITS if kind == MAIL else ROBOTS[kind].limits


def shown_address(kind: str, config: Config) -> str:
    """Return what may be shown of the address: the host and the last four characters."""
    if kind == MAIL:
        name, _at, host = config.url.rpartition("@")
        return f"{name[:1]}…@{host}"
    return f"{urlsplit(config.url).hostname} …{config.url[-4:]}"


def bucket_of(kind: str, config: Config) -> str:
    """Return the key under which messages to one address share a rate, in whichever channel."""
    return hashlib.sha256(f"{kind} {config.url}".encode()).hexdigest()
