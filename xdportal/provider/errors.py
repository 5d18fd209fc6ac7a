"""What can go wrong with the provider: one family of errors, each with its outcome."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(slots=True)
class Details:
    """What the provider said. Texts are capped and free of control characters."""

    http_status: int | None = None
    code: int | None = None
    msg: str = ""
    trace_id: str = ""


class ProviderError(Exception):
    """`reason` is a word of REASONS in connections/words.py, empty where code and msg say all."""

    outcome: ClassVar[str]
    retry: ClassVar[bool] = False  # worth another call for the same list

    def __init__(
        self, reason: str = "", details: Details | None = None, retry_after: float = 0.0
    ) -> None:
        super().__init__(f"{self.outcome} {reason}".strip())
        self.reason = reason
        self.details = details or Details()
        self.retry_after = retry_after  # seconds, 0 where the provider names none

    @property
    def needs_attention(self) -> bool:
        """Whether a person has to do something; waiting does not help."""
        return False

    @property
    def may_pass_soon(self) -> bool:
        """Whether it is worth another check before the next regular one."""
        return True


class AuthError(ProviderError):
    """The token or the credential was refused: renew the token once, then ask a person."""

    outcome = "auth"

    @property
    def needs_attention(self) -> bool:
        return True


class Denied(ProviderError):
    """The account lacks the permission. No retry."""

    outcome = "denied"

    @property
    def needs_attention(self) -> bool:
        return True


class Busy(ProviderError):
    outcome = "busy"
    retry = True


class ApiError(ProviderError):
    """Any other code or status; a missing parameter (1007) is a fault of ours or a changed API."""

    outcome = "provider"

    @property
    def needs_attention(self) -> bool:
        return self.details.code == 1007

    @property
    def may_pass_soon(self) -> bool:
        return self.details.code != 1003  # a business rule, which seldom changes in minutes


class PassingApiError(ApiError):
    """System or interface error (500, 503): passes, so it is tried again."""

    retry = True


class RateLimited(ProviderError):
    outcome = "rate_limited"


class TransportError(ProviderError):
    outcome = "transport"
    retry = True


class DeadlineExceeded(ProviderError):
    outcome = "timeout"


class BadData(ProviderError):
    outcome = "bad_data"


class TooLarge(ProviderError):
    outcome = "too_large"
