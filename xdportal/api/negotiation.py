"""Which of an operation's formats a client prefers."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.utils.translation import gettext as _

from xdportal.api import problems
from xdportal.api.operations import JSON
from xdportal.api.problems import Problem


def media_for(request: HttpRequest, offered: Iterable[str]) -> str:
    """Return the offered media type that Accept prefers; among equals the first."""
    types = list(offered) or [JSON]
    accepted = request.headers.get("Accept") or "*/*"
    best = max(types, key=lambda media: _quality(accepted, media))
    if _quality(accepted, best) <= 0:
        words = _("This URL can answer with: %(types)s.") % {"types": ", ".join(types)}
        raise Problem(problems.NOT_ACCEPTABLE, words)
    return best


def _quality(accepted: str, media: str) -> float:
    """Return the weight of the most specific range that holds the media type."""
    found = (-1, 0.0)
    for part in accepted.split(","):
        name, *parameters = part.strip().split(";")
        specificity = _specificity(name.strip().lower(), media)
        if specificity > found[0]:
            found = (specificity, _weight(parameters))
    return found[1]


def _specificity(name: str, media: str) -> int:
    main = media.partition("/")[0]
    return {media: 2, f"{main}/*": 1, "*/*": 0}.get(name, -1)


def _weight(parameters: Iterable[str]) -> float:
    for parameter in parameters:
        name, _equals, value = parameter.strip().partition("=")
        if name.lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
