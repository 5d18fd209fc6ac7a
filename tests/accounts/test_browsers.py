"""Sessions name a browser as people do."""

import pytest

from xdportal.accounts.browsers import in_words

MOZILLA = "Mozilla/5.0"
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/108.0.0.0"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (
            f"{MOZILLA} (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36",
            "Chrome 108 on Windows",
        ),
        (
            f"{MOZILLA} (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 Edg/120.0.2210.91",
            "Edge 120 on Windows",
        ),
        (
            f"{MOZILLA} (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0",
            "Firefox 115 on Linux",
        ),
        (
            f"{MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/16.6 Safari/605.1.15",
            "Safari 16 on macOS",
        ),
        (
            f"{MOZILLA} (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.42 NetType/WIFI",
            "WeChat 8 on iPhone",
        ),
        ("curl/8.5.0", "curl 8"),
        ("something else", "Unknown browser"),
        ("", "Unknown browser"),
    ],
)
def test_words(user_agent: str, words: str) -> None:
    assert in_words(user_agent) == words
