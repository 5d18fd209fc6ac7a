"""URLs of our own account pages, and of those that allauth provides."""

from allauth.account import views as account
from allauth.urls import build_provider_urlpatterns
from csp.decorators import csp_update
from django.conf import settings
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from xdportal.accounts.views import audit, keys, privacy, profile, teams, welcome
from xdportal.accounts.views.email import ConfirmEmail

# Forms on these pages lead to the provider of a single sign-on.
to_provider = csp_update({"form-action": settings.SINGLE_SIGN_ON.origins})

sign_in_urls = [
    path("login/", to_provider(account.login), name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("signup/", to_provider(account.signup), name="account_signup"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/", account.password_change, name="account_change_password"),
    path("password/set/", account.password_set, name="account_set_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/sent/", account.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("settings/email/", account.email, name="account_email"),
    path(
        "settings/email/sent/",
        account.email_verification_sent,
        name="account_email_verification_sent",
    ),
    re_path(
        r"^settings/email/(?P<key>[-:\w]+)/$", ConfirmEmail.as_view(), name="account_confirm_email"
    ),
    path("settings/second-factor/", include("allauth.mfa.urls")),
]
if settings.SINGLE_SIGN_ON.apps:
    from allauth.socialaccount import views as social

    sign_in_urls += [
        path(
            "settings/sign-on/", to_provider(social.connections), name="socialaccount_connections"
        ),
        path("sign-on/signup/", social.signup, name="socialaccount_signup"),
        path("sign-on/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
        path("sign-on/error/", social.login_error, name="socialaccount_login_error"),
        path("sign-on/", include(build_provider_urlpatterns())),
    ]

urlpatterns = [
    *sign_in_urls,
    path("welcome/<str:token>/", welcome.first_administrator, name="first-administrator"),
    path("invitations/<str:token>/", welcome.invitation, name="invitation"),
    path(
        "settings/",
        RedirectView.as_view(pattern_name="profile", http_method_names=["get"]),
        name="settings",
    ),
    path("settings/profile/", profile.profile, name="profile"),
    path("settings/sessions/", profile.session_list, name="sessions"),
    path("settings/sessions/end/", profile.session_end_others, name="sessions-end"),
    path("settings/sessions/<int:pk>/end/", profile.session_end, name="session-end"),
    path("settings/privacy/", privacy.privacy, name="privacy"),
    path("settings/privacy.json", privacy.export, name="data-export"),
    path("settings/privacy/delete/", privacy.delete, name="account-delete"),
    path("settings/language/", profile.set_language, name="set-language"),
    path("settings/theme/", profile.set_theme, name="set-theme"),
    path("settings/members/", teams.members, name="members"),
    path("settings/members/<int:pk>/role/", teams.change_role, name="member-role"),
    path("settings/members/<int:pk>/remove/", teams.remove, name="member-remove"),
    path("settings/invitations/<int:pk>/withdraw/", teams.withdraw, name="invitation-withdraw"),
    path("settings/audit/", audit.trail, name="audit"),
    path("settings/audit.csv", audit.trail_csv, name="audit-export"),
    path("settings/keys/", keys.key_list, name="keys"),
    path("settings/keys/<int:pk>/renew/", keys.renew, name="key-renew"),
    path("settings/keys/<int:pk>/revoke/", keys.revoke, name="key-revoke"),
    path("settings/teams/<slug:slug>/keys/", keys.create, name="key-add"),
    path("settings/teams/new/", teams.add, name="team-add"),
    path("settings/teams/<slug:slug>/invite/", teams.invite, name="team-invite"),
    path("settings/teams/<slug:slug>/rename/", teams.rename, name="team-rename"),
    path("settings/teams/<slug:slug>/hand-over/", teams.hand_over, name="team-hand-over"),
    path("settings/teams/<slug:slug>/delete/", teams.delete, name="team-delete"),
]
