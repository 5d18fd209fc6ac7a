from typing import Any

from allauth.account.views import ConfirmEmailView


class ConfirmEmail(ConfirmEmailView):  # type: ignore[misc]  # allauth has no types
    def logout_other_user(self, confirmation: Any) -> None:
        """Sign out only on POST: anyone could send a link of their own to sign others out."""
        if self.request.method == "POST":
            super().logout_other_user(confirmation)
