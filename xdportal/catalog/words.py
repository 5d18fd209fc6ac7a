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
    "not_due": _("It is not due yet."),
    "leased": _("A check is already running."),
    "paused": _("The connection is paused."),
    "switched_off": _("The list is switched off on the connection’s page."),
    "retry_after": _("The provider asked us to wait."),
    "lease_lost": _("Another process took over the check."),
}

BY_ITSELF = _("Nothing to do: the portal tries again automatically.")
CHANGED_INTERFACE = _(
    "The portal tries again automatically. If this continues, the provider may have changed "
    "something: give its support the time and the trace ID."
)
ADVICE: dict[str, Promise] = {
    Outcome.AUTH: _("Check the account ID, and enter the secret again."),
    Outcome.DENIED: _(
        "Ask the person who manages the provider account to grant access to this list."
    ),
    Outcome.PROVIDER: _(
        "The portal tries again automatically. If this continues, give the provider’s support the "
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
        "Check whether there is a proxy between the portal and the provider, and whether this "
        "server’s clock and certificates are correct."
    ),
    "name": _("Check whether this server can resolve host names."),
    "redirect": _(
        "Check whether a proxy redirects requests, or whether the provider’s address has changed."
    ),
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
    "secret": _("contains the credential or the token itself"),
    "control": _("contains control characters or invalid Unicode"),
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
