import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdportal.lib.sealing import CannotOpen, Keyring, KeyringError, key_id_of

OLD, NEW = (base64.b64encode(hashlib.sha256(word).digest()).decode() for word in (b"old", b"new"))
PLACE = ["connections.Connection", "credential.secret", "row", "owner"]


def ring(text: str = f"new:{NEW},old:{OLD}") -> Keyring:
    return Keyring.parse(text)


@given(st.text(max_size=512))
def test_what_was_sealed_opens_in_its_place(text: str) -> None:
    assert ring().open(ring().seal(text, PLACE), PLACE) == text


def test_the_first_key_seals_and_all_open() -> None:
    sealed = ring(f"old:{OLD}").seal("secret", PLACE)

    assert key_id_of(sealed) == "old"
    assert ring().open(sealed, PLACE) == "secret"
    assert key_id_of(ring().seal("secret", PLACE)) == "new"


def test_the_same_text_never_seals_alike() -> None:
    assert ring().seal("secret", PLACE) != ring().seal("secret", PLACE)


@pytest.mark.parametrize("part", range(4))
def test_it_opens_in_no_other_place(part: int) -> None:
    elsewhere = [*PLACE[:part], "another", *PLACE[part + 1 :]]

    with pytest.raises(CannotOpen):
        ring().open(ring().seal("secret", PLACE), elsewhere)


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_single_altered_byte_does_not_open(position: int, change: int) -> None:
    version, key_id, encoded = ring().seal("secret", PLACE).split(":")
    data = bytearray(base64.urlsafe_b64decode(encoded))
    data[position % len(data)] ^= change
    altered = ":".join((version, key_id, base64.urlsafe_b64encode(bytes(data)).decode()))

    with pytest.raises(CannotOpen):
        ring().open(altered, PLACE)


@pytest.mark.parametrize(
    "text",
    ["", "secret", "v1:new", "v1:new:", "v1:new:AAAA", "v2:new:AAAA", "v1:gone:AAAA", "v1:new:é"],
)
def test_what_is_no_sealed_text_raises_and_is_never_returned(text: str) -> None:
    with pytest.raises(CannotOpen):
        ring().open(text, PLACE)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "there is no key."),
        (" , ", "there is no key."),
        (NEW, "key 1 has no id: write it as id:base64, id of letters and digits."),
        (f"a:{NEW},a:{OLD}", "the key id 'a' is used twice."),
        ("a:not base64!", "key 'a' is not base64."),
        (f"a:{base64.b64encode(b'x' * 16).decode()}", "key 'a' has 16 bytes; it must have 32."),
        (f"a:{base64.b64encode(b'x' * 32).decode()}", "key 'a' is weak: take 32 random bytes."),
    ],
)
def test_keys_without_sense_are_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(KeyringError) as refused:
        ring(text)
    assert str(refused.value) == sentence


def test_keys_in_the_url_alphabet_are_the_same_keys() -> None:
    sealed = ring(f"k:{NEW}").seal("secret", PLACE)

    assert ring(f"k:{NEW.replace('+', '-').replace('/', '_')}").open(sealed, PLACE) == "secret"
