"""What the base template asks for."""

from django.http import HttpRequest

from xdportal.lib.navigation import Navigation


def navigation(request: HttpRequest) -> dict[str, Navigation]:
    return {"navigation": Navigation(request)}
