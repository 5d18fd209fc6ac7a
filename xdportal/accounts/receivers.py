"""What follows from events around accounts: personal teams, audit entries, ended sessions."""

from typing import Any

from allauth.account import signals as account
from allauth.account.models import EmailAddress
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from allauth.socialaccount import signals as social
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models import QuerySet
from django.db.models.signals import post_init, post_save, pre_delete, pre_save
from django.dispatch import Signal, receiver
from django.http import HttpRequest

from xdportal.accounts import audit, emails, factors, keys, sessions, teams
from xdportal.accounts.access import GIVES
from xdportal.accounts.guessing import user_of
from xdportal.accounts.models import AuditEntry, Invitation, Membership, Team, User

Kind = AuditEntry.Kind

# allauth's signal → kind. Each brings `user`, but for those about a social account and an address.
NOTED: list[tuple[Signal, AuditEntry.Kind]] = [
    (account.user_signed_up, Kind.JOINED_PORTAL),
    (account.password_set, Kind.PASSWORD),
    (account.password_changed, Kind.PASSWORD),
    (account.password_reset, Kind.PASSWORD),
    (account.email_changed, Kind.EMAIL),
    (mfa.authenticator_added, Kind.FACTOR_ADDED),
    (mfa.authenticator_removed, Kind.FACTOR_REMOVED),
    (mfa.authenticator_reset, Kind.FACTOR_RESET),
    (mfa.authentication_failed, Kind.FACTOR_FAILED),
]


def note_of(kind: AuditEntry.Kind) -> Any:
    def receive(request: HttpRequest, user: User, **kwargs: Any) -> None:
        authenticator = kwargs.get("authenticator")
        audit.note(
            kind, target=authenticator.type if authenticator else "", request=request, subject=user
        )

    return receive


for signal, kind in NOTED:
    signal.connect(note_of(kind), weak=False)


@receiver(post_init, sender=Authenticator)
def know_what_its_secrets_are_bound_to(instance: Authenticator, **kwargs: Any) -> None:
    factors.know_context(instance)


@receiver(pre_save, sender=Authenticator)
def bind_its_secrets(instance: Authenticator, raw: bool, **kwargs: Any) -> None:
    if not raw:
        factors.bind(instance)


@receiver(mfa.authenticator_used)
def keep_sealed_with_the_present_key(authenticator: Authenticator, **kwargs: Any) -> None:
    factors.reseal(authenticator)


@receiver(post_save, sender=User)
def make_personal_team(instance: User, created: bool, raw: bool, **kwargs: Any) -> None:
    if created and not raw:  # `loaddata` brings the team itself
        Team.objects.personal(instance)


@receiver(post_save, sender=User)
def shut_out_the_deactivated(instance: User, **kwargs: Any) -> None:
    """End sessions, API keys and invitations: they could come back through these."""
    if not instance.is_active:
        sessions.end_all(instance)
        teams.withdraw(Invitation.objects.open().filter(invited_by=instance))
        keys.revoke(instance.api_keys.kept().select_related("team"), subject=instance)


@receiver(post_save, sender=Membership)
def withdraw_what_a_lower_role_may_not_give(
    instance: Membership, created: bool, **kwargs: Any
) -> None:
    if not created:
        teams.withdraw(_invitations_by(instance).exclude(role__in=GIVES.get(instance.role, ())))


@receiver(pre_delete, sender=Membership)
def withdraw_invitations_of_who_goes(
    instance: Membership, origin: Any = None, **kwargs: Any
) -> None:
    """Withdraw the invitations of a member who leaves; those of a deleted team go with it."""
    if not isinstance(origin, Team):
        teams.withdraw(_invitations_by(instance))


@receiver(pre_delete, sender=Membership)
def revoke_keys_of_who_goes(instance: Membership, origin: Any = None, **kwargs: Any) -> None:
    """Revoke the keys of a member who leaves: rejoining must not revive them."""
    if not isinstance(origin, Team):
        keys.revoke(
            instance.team.api_keys.kept().filter(creator=instance.user_id), subject=instance.user
        )


@receiver(user_logged_in)
def remember_sign_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Note the sign-in. Users from a bulk insert get their personal team now."""
    Team.objects.personal(user)
    if not EmailAddress.objects.filter(user=user).exists():
        emails.vouch(user)  # the account did not come by signing up
    sessions.remember(request, user)
    audit.note(Kind.SIGNED_IN, request=request, actor=user, subject=user)


@receiver(account.password_set)
@receiver(account.password_changed)
def remember_the_new_key(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """List the session under its new key: a new password ends all other sessions."""
    sessions.remember(request, user)


@receiver(user_logged_out)
def note_sign_out(request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        sessions.forget(request)
        audit.note(Kind.SIGNED_OUT, request=request, actor=user, subject=user)


@receiver(user_login_failed)
def note_failed_sign_in(
    credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
) -> None:
    """Note whose account it was, if anyone's; not what was typed, which may be a password."""
    if request is None:
        return
    subject = user_of(request, credentials)
    audit.note(
        Kind.SIGN_IN_FAILED,
        target="" if subject else "unknown name",
        request=request,
        subject=subject,
    )


@receiver(social.social_account_added)
@receiver(social.social_account_removed)
def note_link(request: HttpRequest, signal: Signal, **kwargs: Any) -> None:
    found = kwargs.get("socialaccount") or kwargs["sociallogin"].account
    kind = Kind.LINKED if signal is social.social_account_added else Kind.UNLINKED
    audit.note(kind, target=found.provider, request=request, subject=found.user)


def _invitations_by(membership: Membership) -> QuerySet[Invitation]:
    return Invitation.objects.open().filter(team=membership.team_id, invited_by=membership.user_id)
