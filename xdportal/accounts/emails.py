"""Find the account of an email address: for sign-in, counted failures and password resets."""

from allauth.account.internal.userkit import get_user_by_username
from allauth.account.models import EmailAddress

from xdportal.accounts.models import User

LONGEST = (
    254  # of an email address; a user name is shorter. SQLite refuses to look for a text of 50,000
)


def whose(login: str) -> User | None:
    """Return the user who signs in with this text, if any.

    A confirmed address comes before a user name: names are chosen, addresses are proved.
    """
    if len(login) > LONGEST:
        return None
    return _who_confirmed(login) or get_user_by_username(login) or _oldest_with(login)


def owner_of(email: str) -> User | None:
    """Return who confirmed the address, otherwise the oldest account that has it."""
    if len(email) > LONGEST:
        return None
    return _who_confirmed(email) or _oldest_with(email)


def vouch(user: User) -> None:
    """Confirm the address of an account that was given one, unless an older account has it."""
    if user.email and owner_of(user.email) == user:
        _keep(user, verified=True)


def claim(user: User) -> None:
    """Add the account's address as unconfirmed: it proves nothing yet."""
    if user.email:
        _keep(user, verified=False)


def replace(user: User) -> None:
    """Make the address set by an administrator the only one of the account."""
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
    """Return the oldest account with this address.

    An address that is to replace it counts for nothing before it is confirmed.
    """
    return User.objects.filter(email__iexact=email).order_by("pk").first()
