"""The page of one check."""

from types import SimpleNamespace

from django.test import Client

from tests.catalog.conftest import ago, new_catalog
from tests.items import fail, give, item, items
from xdportal.catalog.models import Catalog
from xdportal.provider.errors import AuthError, Details


class TestOneCheck:
    def test_warnings_are_named(self, cat: Catalog, olga: Client) -> None:
        check = give(
            cat, [*items(range(9)), item("5"), item("4", version="two"), None], ago(minutes=1)
        ).check
        page = olga.get(f"/c/{cat.slug}/checks/{check.pk}/").content.decode()

        assert "1 item was ignored." in page
        assert "is not an object" in page
        assert "1 duplicate item was counted once." in page
        assert "1 row shares an ID with another row but differs in content; both are kept." in page

    def test_provider_text_is_shown_as_text(self, cat: Catalog, olga: Client) -> None:
        check = fail(
            cat, AuthError("", Details(200, 401, "<b>msg</b>", "<i>trace</i>")), ago(minutes=1)
        ).check
        page = olga.get(f"/c/{cat.slug}/checks/{check.pk}/").content.decode()

        assert "&lt;b&gt;msg&lt;/b&gt;" in page
        assert "&lt;i&gt;trace&lt;/i&gt;" in page
        assert "<b>msg" not in page

    def test_a_check_of_another_catalog_is_absent(
        self, cat: Catalog, cast: SimpleNamespace, olga: Client
    ) -> None:
        other = new_catalog(cast, "other")
        check = give(other, items("a"), ago(minutes=1)).check

        assert olga.get(f"/c/{cat.slug}/checks/{check.pk}/").status_code == 404
