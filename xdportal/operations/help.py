"""The help page: the words of the portal, where a credential comes from, what is new."""

from typing import NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from xdportal import VERSION
from xdportal.accounts.requests import AuthenticatedRequest


class Word(NamedTuple):
    anchor: str
    name: Promise | str
    meaning: Promise


WORDS = (
    Word(
        "connection",
        _("Connection"),
        _(
            "One provider account in one environment, production or sandbox. It belongs to a team, "
            "and its credential to the person who saved it."
        ),
    ),
    Word(
        "catalog",
        pgettext_lazy("word", "List"),
        _(
            "What the provider offers to a connection: images, packages by the hour, packages for "
            "a period, or personal images. The API calls it a catalog."
        ),
    ),
    Word(
        "check",
        _("Check"),
        _(
            "One attempt to read a list. Checks run automatically at the connection’s interval; "
            "“Check now” starts one at once."
        ),
    ),
    Word(
        "snapshot",
        _("Snapshot"),
        _(
            "One version of a list, numbered from 1. A new one is created only when a check finds "
            "a change, so many checks may confirm one snapshot."
        ),
    ),
    Word(
        "change",
        pgettext_lazy("word", "Change"),
        _(
            "A difference between two snapshots: an ID was added or withdrawn, came back, or "
            "changed its meaning. Changes are graded by their effect on scripts that use the ID."
        ),
    ),
    Word(
        "withdrawn",
        pgettext_lazy("word", "Withdrawn"),
        _("The provider no longer lists the ID: new hosts can’t be created from it."),
    ),
    Word(
        "suspect",
        _("Unusual answer"),
        _(
            "A valid answer that is too unusual to be accepted at once, such as an empty or much "
            "smaller list. It waits until someone accepts or discards it, or until the provider "
            "has returned it for an hour. Until then the list stays as it was."
        ),
    ),
    Word(
        "type",
        "BL · SC · BZ · ceph",
        _(
            "The provider’s types of images and packages: the kind of storage and host. An image "
            "boots only on a package of the same type; otherwise the provider answers with code "
            "7005."
        ),
    ),
    Word(
        "pin",
        _("Pin"),
        _(
            "A team’s named reference to an ID, with the meaning that the ID had when it was "
            "pinned. The portal alerts you when the ID no longer has that meaning."
        ),
    ),
    Word(
        "recent",
        _("Recently"),
        _(
            "In the last seven days. For that long, “new”, “changed” or “came back” is shown "
            "beside an ID."
        ),
    ),
    Word(
        "stale",
        _("Out of date"),
        _(
            "No check has succeeded for twice the interval. The last good list is still shown, "
            "with its time."
        ),
    ),
    Word(
        "trace",
        _("Trace ID"),
        _("The provider’s identifier of one answer. Its support asks for it."),
    ),
)

# What a user notices of the latest version, the most important first.
NEWS = (
    _("Pins: the team is alerted when an ID that its scripts use breaks."),
    _("Packages and personal images have pages, changes and exports, as images do."),
    _("“What can I boot?” leads from a system to the packages that fit."),
    _("Changes by date and by grade; two connections side by side."),
    _("Alerts by mail, webhook, DingTalk, Feishu, WeCom, Slack and Teams."),
    _("A REST API, feeds, badges, and a client that fails the pipeline before hosts fail."),
)


@require_safe
def help_page(request: AuthenticatedRequest) -> HttpResponse:
    context = {"words": WORDS, "news": NEWS, "version": VERSION}
    return render(request, "operations/help.html", context)
