"""No token or secret survives, however people paste it; what explains the error does."""

import time

import pytest

from xdportal.errorcodes.masking import mask

TOKEN = "4vL4rcNGNcgx5v0RLCcFew"  # 22 characters, as the provider's are


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("Finovy-Access-Token: abc", "Finovy-Access-Token: •••"),
        ("finovy-access-token abc", "finovy-access-token •••"),
        ("-H 'Finovy-Access-Token: abc' -X GET", "-H 'Finovy-Access-Token: •••' -X GET"),
        ('{"Finovy-Access-Token":"abc","code":1}', '{"Finovy-Access-Token":"•••","code":1}'),
        ('{"uuid":"A1","secret":"a b,c}\\"d"}', '{"uuid":"A1","secret":"•••"}'),
        ('{"secret" : "a', '{"secret" : "•••'),
        ("{'secret': 'a b'}", "{'secret': '•••'}"),
        ('body="{\\"secret\\":\\"a b\\",\\"x\\":1}"', 'body="{\\"secret\\":\\"•••\\",\\"x\\":1}"'),
        ("secret=abc&x=1", "secret=•••&x=1"),
        ("secret%3Dabc&x=1", "secret%3D•••&x=1"),
        ("secret&quot;:&quot;a b&quot;,", "secret&quot;:&quot;•••&quot;,"),
        ("client_secret: abc", "client_secret: •••"),
        ("accessToken => abc", "accessToken => •••"),
        ("--token abcDEF", "--token •••"),
        ("token s3cr3t", "token •••"),
        ("Authorization: Bearer abc def", "Authorization: •••"),
        ("密钥：abc，", "密钥：•••"),
        ("密码: abc", "密码: •••"),
        ("pwd=abc", "pwd=•••"),
        ('{"secretKey":"abc"}', '{"secretKey":"•••"}'),
        ("secret_key: abc", "secret_key: •••"),
        ("AccessKeySecret=abc", "AccessKeySecret=•••"),
        (f"key xdp_AbcdEfgh1234_{'x' * 43}_123456, then", "key xdp_AbcdEfgh1234_•••, then"),
        ("curl -u xdp_AbcdEf", "curl -u xdp_•••"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_•••"),
        (f"it was {TOKEN}.", "it was •••."),
        (f"{TOKEN} {TOKEN},{TOKEN}", "••• •••,•••"),
    ],
)
def test_a_value_goes_and_the_rest_stays(pasted: str, kept: str) -> None:
    assert mask(pasted) == kept


@pytest.mark.parametrize(
    "harmless",
    [
        '{"code":401,"msg":"token expired","data":null,"traceId":"8f14e45fceea167a5a36dedd4bea25"}',
        "GET https://client.xuandashi.com/v1/PveMachineHardDisk/open/updateStatus",
        f"x{TOKEN}",
        TOKEN[:-1],
        "the token is no longer valid",
        "令牌已过期",
    ],
)
def test_what_is_no_secret_stays(harmless: str) -> None:
    assert mask(harmless) == harmless


def test_masking_twice_changes_nothing() -> None:
    once = mask(f'{{"token":"{TOKEN}"}} secret=abc Authorization: Basic xyz')

    assert mask(once) == once


@pytest.mark.parametrize(
    "part",
    [
        "secret",
        "token ",
        '"secret":"',
        'secret=\\"',
        "a",
        "authorization:",
        " ",
        "cookie",
        "xdp_",
        "\\",
    ],
)
def test_a_megabyte_of_anything_is_read_in_linear_time(part: str) -> None:
    def seconds(size: int) -> float:
        start = time.process_time()
        mask(part * (size // len(part)))
        return time.process_time() - start

    seconds(2**16)
    assert seconds(2**20) < 100 * max(
        seconds(2**16), 0.005
    )  # 16 times as long; squared it would be 256
