"""What a user enters for a channel, checked field by field."""

import re
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from xdportal.alerts.channels.base import Config
from xdportal.lib.networks import BadUrl, Url, check_resolved, parse_url

LONGEST_KEYWORD = 50
SECRET = re.compile(r"[!-~]{1,256}")

URL_PROBLEMS: dict[str, Promise] = {
    "syntax": _("Enter a complete URL such as https://example.com/hook."),
    "scheme": _("The URL must begin with https://."),
    "userinfo": _("The URL must not contain a user name or a password."),
    "host": _("The URL's host name is not valid."),
    "port": _("The URL's port can't be used."),
    "forbidden": _("Messages can't be sent to this address."),
}


@dataclass(frozen=True, slots=True)
class UrlForm:
    """What a vendor's robot URLs look like, as patterns that must match completely."""

    host: str
    path: str
    query: str
    example: str

    def matches(self, url: Url) -> bool:
        is_host = re.fullmatch(self.host, url.host) and url.scheme == "https" and url.port == 443
        is_path = re.fullmatch(self.path, url.path)
        is_query = re.fullmatch(self.query, url.query)
        return bool(is_host and is_path and is_query)


def any_url(text: str) -> Url:
    """Return the URL; raise a ValidationError that says what is wrong with it."""
    try:
        return parse_url(text.strip(), settings.NOTIFY_ALLOW_NETWORKS)
    except BadUrl as error:
        raise ValidationError({"url": URL_PROBLEMS[error.reason]}) from None


def refuse_inside(url: Url) -> None:
    """Raise a ValidationError if the host's name leads inside now.

    A name that can't be resolved at the moment passes: it is judged at every attempt to send.
    """
    try:
        check_resolved(url, settings.NOTIFY_ALLOW_NETWORKS)
    except BadUrl as error:
        if error.reason == "forbidden":
            raise ValidationError({"url": URL_PROBLEMS[error.reason]}) from None


def robot_config(form: UrlForm, url: str, secret: str = "", keyword: str = "") -> Config:
    parsed = any_url(url)
    if not form.matches(parsed):
        message = _("This is not the robot's webhook URL. It looks like this: %(example)s")
        error = ValidationError(message, params={"example": form.example})
        raise ValidationError({"url": error})
    return Config(str(parsed), checked_secret(secret), checked_keyword(keyword))


def checked_secret(text: str) -> str:
    secret = text.strip()
    if secret and not SECRET.fullmatch(secret):
        message = _("Enter the signing secret exactly as the robot's settings show it.")
        raise ValidationError({"secret": message})
    return secret


def checked_keyword(text: str) -> str:
    keyword = text.strip()
    if len(keyword) > LONGEST_KEYWORD or not keyword.isprintable():
        message = _("A keyword has at most 50 characters, on one line.")
        raise ValidationError({"keyword": message})
    return keyword
