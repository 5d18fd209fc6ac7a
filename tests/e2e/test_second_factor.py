"""Second factors in Chromium: an app's code, and a security key of the browser's own virtual
kind.
"""

import time
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/login/")
    page.get_by_label("Username").fill("mia")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Sign in", exact=True).click()


def confirm(page: Page) -> None:
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Confirm").click()


def test_an_app_is_set_up_and_then_asked_for(
    page: Page, live_server: Any, cast: SimpleNamespace, errors: list[str]
) -> None:
    sign_in(page, live_server.url)
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    page.goto(f"{live_server.url}/settings/second-factor/totp/activate/")
    confirm(page)
    secret = page.locator("code").inner_text()
    step = int(time.time() // 30)
    page.get_by_label("Authenticator code").fill(format_hotp_value(hotp_value(secret, step)))
    page.get_by_role("button", name="Turn on").click()
    expect(page.locator(".codes li")).to_have_count(10)

    page.get_by_role("button", name="Sign out").click()
    sign_in(page, live_server.url)
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    page.get_by_label("Verification code").fill(format_hotp_value(hotp_value(secret, step + 1)))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()


def test_a_security_key_is_added_and_then_used(
    page: Page, live_server: Any, cast: SimpleNamespace, errors: list[str]
) -> None:
    address = live_server.url.replace(
        "127.0.0.1", "localhost"
    )  # a key belongs to a name, not to a number
    virtual = page.context.new_cdp_session(page)
    virtual.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "usb",
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    virtual.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    sign_in(page, address)
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    page.goto(f"{address}/settings/second-factor/webauthn/add/")
    confirm(page)
    page.get_by_label("Name").fill("Blue key")
    page.get_by_role("button", name="Add").click()
    expect(page.locator(".codes li")).to_have_count(10)
    page.goto(f"{address}/settings/second-factor/webauthn/")
    expect(page.get_by_role("rowheader", name="Blue key")).to_be_visible()

    page.get_by_role("button", name="Sign out").click()
    sign_in(page, address)
    page.get_by_role("button", name="Use the security key").click()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
