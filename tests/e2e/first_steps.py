"""The first steps with a new portal, as a person takes them in a browser."""

import re
from typing import NamedTuple

from playwright.sync_api import Page, expect

WRONG = "not the right secret"
TEAM = "Render farm"


class Words(NamedTuple):
    """What the pages say in one language."""

    locale: str
    refused: str
    heading: str  # of the first list


ENGLISH = Words("en-US", "Sign-in was refused", "40 images")
CHINESE = Words("zh-CN", "身份认证失败", "40 个镜像")


def become_administrator(page: Page, link: str) -> None:
    """Follow the link that `make run` prints, and name the team."""
    page.goto(link)
    page.locator("#id_username").fill("ada")
    page.locator("#id_team").fill(TEAM)
    for field in page.locator("input[type=password]").all():
        field.fill("correct horse battery")
    page.locator("main .btn.pri").click()
    expect(page.locator(".side")).to_contain_text(TEAM)


def add_connection(page: Page, account_id: str, secret: str) -> None:
    """Go where the dashboard leads, and add the first connection."""
    page.locator("main .btn.pri").click()
    page.locator("#id_name").fill("Main")
    page.locator("#id_account_id").fill(account_id)
    page.locator("#id_secret").fill(secret)
    page.locator("main .btn.pri").click()
    page.wait_for_url(re.compile(r"/connections/(?!new)"))


def replace_secret(page: Page, secret: str) -> None:
    page.locator("#id_secret").fill(secret)
    page.locator("form:has(#id_secret) .btn").first.click()
