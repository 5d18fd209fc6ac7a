"""Why the provider could not be read, in the reader's language."""

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from xdportal.connections.models import Connection
from xdportal.errorcodes import lookup, reference
from xdportal.provider.kinds import IMAGES

# By the outcome of a provider error.
OUTCOMES: dict[str, Promise] = {
    "auth": _("Sign-in was refused"),
    "denied": _("No permission"),
    "busy": _("The provider was busy"),
    "provider": _("The provider reported an error"),
    "rate_limited": _("Too many requests"),
    "transport": _("The provider could not be reached"),
    "timeout": _("No complete answer in time"),
    "bad_data": _("Invalid answer"),
    "too_large": _("The answer was too large"),
    "not_run": _("Not tested"),
}
REASONS: dict[str, Promise] = {
    "redirect": _(
        "The provider redirected us to another address. "
        "We never follow redirects, so that credentials are not sent elsewhere."
    ),
    "not_success": _("The answer has code 0 but is marked as unsuccessful."),
    "tls": _("The secure connection could not be made: the certificate was not accepted."),
    "cut_short": _("The answer was cut off."),
    "name": _("The provider’s host name could not be resolved."),
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
    "total_mismatch": _("The number of IDs in the list differs from the number it announces."),
    "too_many_pages": _("The list has more than 200 pages."),
    "no_token": _("The answer has no valid token."),
    "unusable_items": _("Too many items of the list are unusable."),
    "items": _("The list has more than 200,000 items."),
    "body": _("The answer is larger than the limit."),
    "unreadable": Connection.Reason.UNREADABLE.label,
    "no_broker": _("The queue isn’t responding. Try again in a minute."),
    "no_share": _("Other reads of this account are still running. Try again in a minute."),
}


def outcome_text(outcome: str) -> Promise | str:
    return OUTCOMES.get(outcome, outcome)


def reason_text(reason: str) -> Promise | str:
    return REASONS.get(reason, reason)


def documented(code: int | None) -> reference.ErrorCode | None:
    """Return what explains a code of the image list, or of the token for it."""
    return lookup.find(code, IMAGES.path) if code else None


def code_link(code: int) -> SafeString:
    """Return the code, linked to its page where it is documented."""
    row = documented(code)
    if row is None:
        return format_html("{}", code)
    return format_html('<a href="{}">{}</a>', reverse("error-code", args=[row.code]), code)
