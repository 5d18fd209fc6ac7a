"""Whose a mail address is. Sign-in, the counting of wrong passwords and the resetting of one ask here and so agree."""

from allauth.account.internal.userkit import get_user_by_username
from allauth.account.models import EmailAddress

from xdportal.accounts.models import User

LONGEST = (
    254  # of an email address; a user name is shorter. SQLite refuses to look for a text of 50,000
)


def whose(login: str) -> User | None:
    """Who signs in by it. A confirmed address comes before another's name: names are chosen, addresses proved."""
    if len(login) > LONGEST:
        return None
    return _who_confirmed(login) or get_user_by_username(login) or _oldest_with(login)


def owner_of(email: str) -> User | None:
    """Who confirmed it; otherwise the oldest account that has it."""
    if len(email) > LONGEST:
        return None
    return _who_confirmed(email) or _oldest_with(email)


def vouch(user: User) -> None:
    """Whoever gave the account its address is believed, unless it is an older account's."""
    if user.email and owner_of(user.email) == user:
        _keep(user, verified=True)


def claim(user: User) -> None:
    """The address is the account's and proves nothing before its owner confirms it."""
    if user.email:
        _keep(user, verified=False)


def replace(user: User) -> None:
    """An administrator gave the account another address: the former one opens nothing any more."""
    EmailAddress.objects.filter(user=user).delete()
    if user.email:
        _keep(user, verified=not is_confirmed_by_another(user.email, user))


def is_confirmed_by_another(email: str, user: User) -> bool:
    return _who_confirmed(email) not in (None, user)


def _keep(user: User, verified: bool) -> None:
    EmailAddress.objects.create(
        user=user, email=user.email.lower(), primary=True, verified=verified
    )


def _who_confirmed(email: str) -> User | None:
    found = (
        EmailAddress.objects.filter(email=email.lower(), verified=True)
        .select_related("user")
        .first()
    )
    return found.user if found else None


def _oldest_with(email: str) -> User | None:
    """By the account's own address: one that is to replace it counts for nothing before it is confirmed."""
    return User.objects.filter(email__iexact=email).order_by("pk").first()
