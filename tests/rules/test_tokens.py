"""Tokens: 51 characters that only the secret can make, each with one spelling."""

import base64
import hashlib
import hmac
import re
from secrets import token_bytes
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report_shares.rules.tokens import InvalidToken, TokenSecrets, UnknownTokenSecret, mint, verify

SECRETS = TokenSecrets(2, {1: token_bytes(32), 2: token_bytes(64), 255: token_bytes(40)})


@given(st.uuids(), st.sampled_from([1, 2, 255]))
def test_a_token_is_made_as_the_contract_says_and_opens_its_share(share_id: UUID, key_id: int) -> None:
    token = mint(SECRETS, share_id, key_id)

    mac = hmac.new(SECRETS.by_key_id[key_id], share_id.bytes, hashlib.sha256).digest()[:21]
    assert base64.urlsafe_b64decode(token + "=") == bytes([key_id]) + share_id.bytes + mac
    assert re.fullmatch(r"[A-Za-z0-9_-]{51}", token)
    assert verify(SECRETS, token) == share_id


@given(st.uuids(), st.integers(0, 38 * 8 - 1))
def test_a_token_with_any_bit_flipped_is_refused(share_id: UUID, bit: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(mint(SECRETS, share_id, 2) + "="))
    raw[bit // 8] ^= 1 << bit % 8

    with pytest.raises(InvalidToken):
        verify(SECRETS, base64.urlsafe_b64encode(raw).decode().rstrip("="))


@given(st.text(max_size=60) | st.text("ABCab01-_", min_size=51, max_size=51))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidToken):
        verify(SECRETS, text)


@given(st.uuids(), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"))
def test_a_token_has_one_spelling(share_id: UUID, last: str) -> None:
    token = mint(SECRETS, share_id, 2)
    spelled = token[:-1] + last

    if spelled == token:
        assert verify(SECRETS, spelled) == share_id
    else:
        with pytest.raises(InvalidToken):
            verify(SECRETS, spelled)


def test_a_token_of_a_secret_no_longer_kept_is_refused() -> None:
    token = mint(SECRETS, UUID(int=1), 1)

    with pytest.raises(InvalidToken):
        verify(TokenSecrets(2, {2: SECRETS.by_key_id[2]}), token)


def test_minting_with_an_unknown_key_id_is_an_error() -> None:
    with pytest.raises(UnknownTokenSecret, match=r"^no token secret with key id 7$"):
        mint(SECRETS, UUID(int=1), 7)


@pytest.mark.parametrize(
    ("current", "by_key_id"),
    [(1, {}), (1, {2: b"x" * 32}), (256, {256: b"x" * 32}), (-1, {-1: b"x" * 32}), (1, {1: b"x" * 31})],
    ids=["none", "current missing", "no byte", "negative", "short"],
)
def test_secrets_that_cannot_serve_are_refused(current: int, by_key_id: dict[int, bytes]) -> None:
    with pytest.raises(ValueError, match=r"key id|at least 32 bytes"):
        TokenSecrets(current, by_key_id)


@pytest.mark.parametrize("key_id", [0, 255])
def test_any_byte_is_a_key_id(key_id: int) -> None:
    secrets = TokenSecrets(key_id, {key_id: b"x" * 32})

    assert verify(secrets, mint(secrets, UUID(int=1), key_id)) == UUID(int=1)


def test_secrets_do_not_show_when_printed() -> None:
    assert repr(SECRETS.by_key_id[1])[2:-1] not in repr(SECRETS)
