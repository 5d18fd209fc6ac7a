"""Which error a code of the provider, or an HTTP status, means."""

from xdportal.provider.errors import (
    ApiError,
    AuthError,
    Busy,
    Denied,
    Details,
    PassingApiError,
    ProviderError,
)

BY_CODE: dict[int, type[ProviderError]] = {
    401: AuthError,
    403: Denied,
    500: PassingApiError,
    503: PassingApiError,
    1001: Denied,
    1005: Busy,
}
BY_STATUS: dict[int, type[ProviderError]] = {
    401: AuthError,
    403: Denied,
    500: PassingApiError,
    502: PassingApiError,
    503: PassingApiError,
    504: PassingApiError,
}
STATUS_BEFORE_CODE = frozenset({401, 403})


def error_for(details: Details, reason: str = "") -> ProviderError:
    """Return the error that an unsuccessful answer means.

    Not for 429: that needs the answer's headers, which the client has.
    """
    status = details.http_status or 0
    code = details.code
    if code and status not in STATUS_BEFORE_CODE:
        return BY_CODE.get(code, ApiError)(reason, details)
    return BY_STATUS.get(status, ApiError)(reason, details)
