"""What is expensive gets a share of a web process's threads, so the rest stays free for pages."""

from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Any, TypeVar, cast
from weakref import finalize

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from xdportal.lib.person_locks import PersonLocks

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
TRY_AGAIN = 5  # seconds
BUSY = _("The portal is busy with other requests of this kind. Please try again in a few seconds.")
ONE_AT_A_TIME = _("Your last request of this kind isn’t finished. Please wait for it first.")


class Share:
    """So many at a time in this process, and so many of one person, of these methods.

    With `locks`, a person has one among all processes.
    """

    def __init__(
        self, size: int, each: int, methods: frozenset[str], locks: PersonLocks | None = None
    ) -> None:
        self.size = size
        self.each = each
        self.methods = methods
        self._locks = locks
        self._lock = Lock()
        self._users: list[int | None] = []

    def take(self, user: int | None) -> Promise | None:
        """Take a place; return why there is none, if there is none."""
        with self._lock:
            if self._users.count(user) >= self.each:
                return ONE_AT_A_TIME
            if len(self._users) >= self.size:
                return BUSY
            if self._locks is not None and not self._locks.take(user or 0):
                return ONE_AT_A_TIME
            self._users.append(user)
        return None

    def give_back(self, user: int | None) -> None:
        with self._lock:
            if user not in self._users:
                return
            self._users.remove(user)
            if self._locks is not None:
                self._locks.give_back(user or 0)

    def clear(self) -> None:
        for user in list(self._users):
            self.give_back(user)

    def bound(self, view: View) -> View:
        """Wrap a view: it holds its place until its answer is sent, and is refused without one."""

        @wraps(view)
        def bounded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in self.methods:
                return view(request, *args, **kwargs)
            user = request.user.pk
            refusal = self.take(user)
            if refusal is not None:
                return _refused(request, refusal)
            return self._answer(user, lambda: view(request, *args, **kwargs))

        return cast(View, bounded)

    def _answer(self, user: int | None, ask: Callable[[], HttpResponseBase]) -> HttpResponseBase:
        try:
            response = ask()
        except BaseException:
            self.give_back(user)
            raise
        # At the end of a stream, or when it is thrown away unread.
        release = finalize(response, self.give_back, user)
        if response.streaming:
            # As Django's own streams do it, without a type.
            response._resource_closers.append(release)  # type: ignore[attr-defined]
        else:
            release()
        return response


def _refused(request: HttpRequest, refusal: Promise) -> HttpResponseBase:
    status = 429 if refusal is ONE_AT_A_TIME else 503
    response = render(request, "503.html", {"sentence": refusal}, status=status)
    response.headers["Retry-After"] = str(TRY_AGAIN)
    return response
