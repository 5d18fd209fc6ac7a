"""The tokens that the simulated provider has given out."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from xdportal.simulator.accounts import Account
from xdportal.simulator.answers import INCOMPLETE, UNAUTHENTICATED, Refusal
from xdportal.simulator.calls import Call


@dataclass(frozen=True)
class Grant:
    environment: str
    account_id: str
    expires: float


class Tokens:
    def __init__(
        self, accounts: Mapping[str, tuple[Account, ...]], clock: Callable[[], float]
    ) -> None:
        self._accounts = accounts
        self._clock = clock
        self._grants: dict[str, Grant] = {}

    def mint(self, call: Call, life: float, *, revoke_old: bool) -> dict[str, object]:
        """Return a new token and its life; raise Refusal for an unknown account."""
        account = Account(call.field("uuid"), call.field("secret"))
        if not (account.account_id and account.secret):
            raise Refusal(*INCOMPLETE)
        if account not in self._accounts[call.environment]:
            raise Refusal(*UNAUTHENTICATED)
        self._forget(call.environment, account, revoke_old=revoke_old)
        token = secrets.token_urlsafe(16)
        expires = self._clock() + life
        self._grants[token] = Grant(call.environment, account.account_id, expires)
        return {"token": token, "effectiveTime": int(life * 1000)}

    def account_of(self, call: Call) -> str:
        """Return the id of the account whose token the call carries; raise Refusal without one."""
        grant = self._grants.get(call.token)
        if grant is None or grant.environment != call.environment:
            raise Refusal(*UNAUTHENTICATED)
        if grant.expires <= self._clock():
            raise Refusal(*UNAUTHENTICATED)
        return grant.account_id

    def _forget(self, environment: str, account: Account, *, revoke_old: bool) -> None:
        """Drop expired tokens and, with `revoke_old`, the account's former ones."""
        now = self._clock()
        owner = (environment, account.account_id)
        for token, grant in list(self._grants.items()):
            is_own = (grant.environment, grant.account_id) == owner
            if grant.expires <= now or (is_own and revoke_old):
                del self._grants[token]
