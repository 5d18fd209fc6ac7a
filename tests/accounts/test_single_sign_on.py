"""Single sign-on: shown if configured; never joins an account by email address."""

from types import SimpleNamespace
from typing import Any

import pytest
from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from allauth.core.context import request_context
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from xdportal.accounts.models import User
from xdportal.lib import single_sign_on
from xdportal.lib.env import Environment

OIDC = {
    "OIDC_SERVER_URL": "https://sso.example.com/realm",
    "OIDC_CLIENT_ID": "a",
    "OIDC_CLIENT_SECRET": "b",
}


class TestSettings:
    def test_nothing_set_is_nothing_there(self) -> None:
        assert single_sign_on.read(Environment({})) == single_sign_on.SingleSignOn()

    def test_each_is_there_once_its_variables_are(self) -> None:
        found = single_sign_on.read(
            Environment({**OIDC, "FEISHU_CLIENT_ID": "c", "FEISHU_CLIENT_SECRET": "d"})
        )

        assert list(found.providers) == ["openid_connect", "feishu"]
        assert found.origins[0] == "https://sso.example.com"
        assert found.providers["openid_connect"]["APPS"][0]["settings"] == {
            "server_url": OIDC["OIDC_SERVER_URL"],
            "oauth_pkce_enabled": True,
        }

    @pytest.mark.parametrize("missing", ["OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"])
    def test_half_of_it_stops(self, missing: str) -> None:
        with pytest.raises(ImproperlyConfigured, match="one is missing"):
            single_sign_on.read(Environment({**OIDC, missing: ""}))

    def test_secrets_do_not_travel_over_http(self) -> None:
        with pytest.raises(ImproperlyConfigured, match="only on loopback"):
            single_sign_on.read(Environment({**OIDC, "OIDC_SERVER_URL": "http://sso.example.com"}))


class TestSignInPage:
    def test_shows_what_is_configured(self, db: None) -> None:
        page = Client().get("/login/").content.decode()

        assert "Or sign in with" in page
        assert [name in page for name in (">Company<", ">钉钉 DingTalk<", ">飞书 Feishu<")] == [
            True
        ] * 3

    def test_shows_nothing_when_nothing_is(self, db: None, settings: Any) -> None:
        settings.SOCIALACCOUNT_PROVIDERS = {}
        page = Client().get("/login/").content.decode()

        assert "Or sign in with" not in page
        assert "/sign-on/" not in page

    def test_a_link_alone_starts_nothing(self, db: None) -> None:
        assert Client().get("/sign-on/dingtalk/login/").status_code == 200  # asks first

    def test_the_way_leads_to_the_provider(self, db: None) -> None:
        answer = Client().post("/sign-on/dingtalk/login/")

        assert answer.headers["Location"].startswith("https://login.dingtalk.com/oauth2/auth?")

    def test_a_provider_that_is_away_is_no_error_of_ours(self, db: None) -> None:
        answer = Client().post("/sign-on/oidc/oidc/login/")

        assert (answer.status_code, "Single sign-on did not work" in answer.content.decode()) == (
            502,
            True,
        )


class TestPerson:
    def arrive(self, user: Any = None, process: str = "login", **person: str) -> HttpResponse:
        """Somebody whom the provider calls mia@example.com comes back from it."""
        request: HttpRequest = RequestFactory().get("/")
        SessionMiddleware(lambda r: HttpResponse()).process_request(request)
        MessageMiddleware(lambda r: HttpResponse()).process_request(request)
        request.user = user or AnonymousUser()
        someone = User(**{"username": "mia", "email": "mia@example.com", **person})
        account = SocialAccount(provider="oidc", uid="from-outside", extra_data={})
        addresses = [EmailAddress(email=someone.email)]
        arriving = SocialLogin(user=someone, account=account, email_addresses=addresses)
        arriving.state = {"process": process}
        with request_context(request):
            if user:
                record_authentication(request, user, "password", reauthenticated=True)
            return complete_social_login(request, arriving)

    def test_is_not_joined_to_an_account_by_mail_address_and_not_created(
        self, cast: SimpleNamespace
    ) -> None:
        before = User.objects.count()
        answer = self.arrive()

        assert "Sign-up is closed" in answer.content.decode()
        assert (User.objects.count(), SocialAccount.objects.count()) == (before, 0)

    def test_is_linked_when_signed_in_and_then_gets_in(self, cast: SimpleNamespace) -> None:
        self.arrive(cast.mia, "connect")
        assert SocialAccount.objects.get().user == cast.mia

        assert self.arrive().headers["Location"] == "/"

    @pytest.mark.parametrize("name", ["MIA", "olga@example.com"])
    def test_gets_another_name_where_theirs_is_anothers(
        self, cast: SimpleNamespace, settings: Any, name: str
    ) -> None:
        settings.OPEN_SIGN_UP = True
        self.arrive(username=name, email="new@example.com")
        newcomer = SocialAccount.objects.get().user

        assert newcomer.username.startswith("new")
        assert newcomer.email == "new@example.com"
