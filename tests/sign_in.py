"""Steps of signing in that many tests take."""

import time
from typing import Any

from allauth.account.internal.userkit import user_id_to_str
from django.test import Client

PASSWORD = "correct horse"


def sign_in_by_form(
    client: Client, name: str, password: str = PASSWORD, address: str = "192.0.2.1"
) -> Any:
    return client.post("/login/", {"username": name, "password": password}, REMOTE_ADDR=address)


def confirm_identity(client: Client, user: Any) -> None:
    """As if the password had been asked for again a moment ago."""
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time(), "reauthenticated": True}
    ]
    session["account_authentication_methods_user"] = user_id_to_str(user)
    session.save()
