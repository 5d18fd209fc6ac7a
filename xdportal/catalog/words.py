"""Texts about checks: advice by outcome, reasons, what was wrong with ignored items."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from xdportal.catalog.models import Outcome
from xdportal.connections import words as connection_words
from xdportal.connections.models import Connection

# Why an answer waits, and why no check was made. Other reasons are the provider's.
REASONS: dict[str, Promise] = {
    "empty": _("The list came back empty."),
    "shrunken": _("Far fewer items than before."),
    "all_new": _("Every ID is new."),
    "denied": _("The account has no permission for this list."),
    "provider": _("The provider reports a missing parameter: its interface may have changed."),
    "not_due": _("It is not due."),
    "leased": _("It is already being checked."),
    "paused": _("The connection is paused."),
    "switched_off": _("The list is switched off on the connection’s page."),
    "retry_after": _("The provider asked us to wait."),
    "lease_lost": _("Another process took over the check."),
}

BY_ITSELF = _("Nothing needs doing: the portal tries again by itself.")
CHANGED_INTERFACE = _(
    "The portal tries again by itself. If it stays like this, the provider has changed something: "
    "give its support the time and the trace ID."
)
ADVICE: dict[str, Promise] = {
    Outcome.AUTH: _("Check the account ID, and enter the secret again."),
    Outcome.DENIED: _("Ask whoever manages the provider account to grant it this list."),
    Outcome.PROVIDER: _(
        "The portal tries again by itself. If it stays like this, give the provider’s support the "
        "trace ID."
    ),
    Outcome.BAD_DATA: CHANGED_INTERFACE,
    Outcome.TOO_LARGE: CHANGED_INTERFACE,
    Outcome.BUSY: BY_ITSELF,
    Outcome.RATE_LIMITED: BY_ITSELF,
    Outcome.TRANSPORT: BY_ITSELF,
    Outcome.TIMEOUT: BY_ITSELF,
    Outcome.ABORTED: BY_ITSELF,
}
# Where the reason asks for something else than the outcome.
ADVICE_BY_REASON: dict[str, Promise] = {
    "tls": _(
        "See whether a proxy stands between the portal and the provider, and whether this server’s "
        "clock and certificates are right."
    ),
    "name": _("See whether this server can resolve names."),
    "redirect": _("See whether a proxy redirects the portal, or the provider has moved."),
}

IGNORED: dict[str, Promise] = {
    "no_object": _("is not an object"),
    "missing": _("is missing"),
    "wrong_type": _("is of the wrong type"),
    "empty": _("is empty"),
    "too_long": _("is longer than 128 characters"),
    "negative": _("is negative"),
    "no_decimal": _("is not a decimal number"),
    "out_of_range": _("is too large, or has too many decimal places"),
    "secret": _("holds the credential or the token itself"),
    "control": _("holds control characters or broken Unicode"),
}


def outcome_text(outcome: str) -> Promise | str:
    return Outcome(outcome).label if outcome in Outcome else outcome


def advice_text(outcome: str, reason: str = "") -> Promise | str:
    """Return what to do after such a check; empty where nothing went wrong."""
    return ADVICE_BY_REASON.get(reason, ADVICE.get(outcome, ""))


def reason_text(reason: str) -> Promise | str:
    """Return why a list or its connection is in trouble."""
    if reason in REASONS:
        return REASONS[reason]
    if reason in Connection.Reason:
        return Connection.Reason(reason).label
    return connection_words.reason_text(reason)
