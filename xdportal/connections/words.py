"""Our own words for what went wrong: reason and outcome → a sentence, in the reader's language."""

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from xdportal.errorcodes import lookup, reference
from xdportal.lib.redaction import redact
from xdportal.provider.errors import ProviderError
from xdportal.provider.kinds import IMAGES

OUTCOMES: dict[str, Promise] = {
    "ok": _("OK"),
    "ok_with_warnings": _("OK, with warnings"),
    "suspect": _("Suspect, held back"),
    "auth": _("Sign-in was refused"),
    "denied": _("No permission"),
    "busy": _("The provider was busy"),
    "provider": _("The provider reported an error"),
    "rate_limited": _("Too many requests"),
    "transport": _("The provider could not be reached"),
    "timeout": _("No complete answer in time"),
    "bad_data": _("Invalid answer"),
    "too_large": _("The answer was too large"),
    "aborted": _("Interrupted"),
    "skipped": _("Not checked"),
}

REASONS: dict[str, Promise] = {
    "redirect": _(
        "The provider redirected us to another address. "
        "We never follow redirects, so that credentials are not sent elsewhere."
    ),
    "not_success": _("The answer has code 0 but is marked as unsuccessful."),
    "tls": _("The secure connection could not be made: the certificate was not accepted."),
    "cut_short": _("The answer was cut off."),
    "name": _("The provider's name could not be resolved."),
    "refused": _("The connection was refused."),
    "broken": _("The connection was lost."),
    "deadline": _("The check timed out before the answer was complete."),
    "encoding": _("The answer was compressed in a way that cannot be read."),
    "not_utf8": _("The answer is not text in UTF-8."),
    "not_json": _("The answer is not JSON."),
    "nesting": _("The answer is nested too deeply."),
    "envelope": _("The answer has no valid code."),
    "no_list": _("The answer holds no list."),
    "no_total": _("The answer does not say how many items the list has."),
    "page_short": _("A page has fewer items than it should: the list is incomplete."),
    "page_empty": _("A page is empty before the end of the list: the list is incomplete."),
    "page_repeated": _("A page repeats an earlier one: the list is incomplete."),
    "total_moved": _("The length of the list changed while its pages were being read."),
    "total_mismatch": _("The list does not have as many IDs as it announces."),
    "too_many_pages": _("The list has more than 200 pages."),
    "no_token": _("The answer has no valid token."),
    "unusable_items": _("Too many items of the list are unusable."),
    "items": _("The list has more than 200,000 items."),
    "body": _("The answer is larger than the limit."),
    "unreadable": _("The stored credential cannot be decrypted: re-enter the credential."),
    "token_expired": _("A pasted token lives for 30 minutes, and this one is no longer accepted."),
    "owner_gone": _("Its owner left the team, and the credential was wiped."),
    "by_user": _("Paused by a member of the team."),
    "auth": _("The provider refused the account ID or the secret."),
    "denied": _("The account has no permission for this list."),
    "provider": _("The provider reports a missing parameter: its interface may have changed."),
    "empty": _("The list came back empty."),
    "shrunken": _("Far fewer images than before."),
    "all_new": _("Every image ID is new."),
    "not_due": _("It is not due."),
    "leased": _("It is already being checked."),
    "paused": _("The connection is paused."),
    "retry_after": _("The provider asked us to wait."),
    "lease_lost": _("Another process took over the check."),
}

BY_ITSELF = _("Nothing needs doing: the portal tries again by itself.")
CHANGED_INTERFACE = _(
    "The portal tries again by itself. If it stays like this, the provider has changed something: "
    "give its support the time and the trace ID."
)
# What to do, by outcome.
ADVICE: dict[str, Promise] = {
    "auth": _("Check the account ID, and enter the secret again."),
    "denied": _("Ask whoever manages the provider account to grant it this list."),
    "provider": _("The portal tries again by itself. If it stays like this, give the provider’s support the trace ID."),
    "bad_data": CHANGED_INTERFACE,
    "too_large": CHANGED_INTERFACE,
    **dict.fromkeys(("busy", "rate_limited", "transport", "timeout", "aborted"), BY_ITSELF),
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
    return OUTCOMES.get(outcome, outcome)


def advice_text(outcome: str) -> Promise | str:
    return ADVICE.get(outcome, "")


def reason_text(reason: str) -> Promise | str:
    return REASONS.get(reason, reason)


def documented(code: int | None) -> reference.ErrorCode | None:
    """The row of the reference that explains a code of the image list, or of the token for it."""
    return lookup.find(code, IMAGES.path) if code else None


def code_link(code: int) -> SafeString:
    """The code, linked to its row of the reference where it is documented."""
    row = documented(code)
    if row is None:
        return format_html("{}", code)
    return format_html('<a href="{}">{}</a>', reverse("error-code", args=[row.code]), code)


def failure_text(error: ProviderError) -> SafeString:
    """All that is known of a failure, in one line: outcome, code and message, reason, trace ID."""
    said = error.details
    told = [
        outcome_text(error.outcome),
        code_link(said.code) if said.code else "",
        redact(said.msg),
        reason_text(error.reason),
        f"{_('Trace ID')} {redact(said.trace_id)}" if said.trace_id else "",
    ]
    return format_html_join(" · ", "{}", ((part,) for part in told if part))
