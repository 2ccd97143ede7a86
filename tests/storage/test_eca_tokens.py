"""The secret of an acceptor's link."""

from __future__ import annotations

import re

import pytest
from pydantic import SecretStr

from storage.eca_tokens import EcaKeys, token, token_hash

KEYS = EcaKeys("new", {"old": SecretStr("o" * 32), "new": SecretStr("n" * 32)})


def test_a_token_can_be_derived_again_and_says_nothing_of_its_request() -> None:
    first = token(KEYS, "eca_1", 1, key_id="new")
    assert first == token(KEYS, "eca_1", 1, key_id="new")
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", first)


def test_every_request_link_and_key_has_another_token() -> None:
    tokens = {
        token(KEYS, request, number, key_id=key)
        for request in ("eca_1", "eca_11", "eca_2")
        for number in (1, 2, 11)
        for key in ("old", "new")
    }
    assert len(tokens) == 18


def test_the_hash_is_what_any_tool_computes() -> None:
    assert token_hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize(
    "keys",
    [{}, {"old": SecretStr("o" * 32)}, {"new": SecretStr("short")}],
    ids=["no key", "not the current one", "too short"],
)
def test_a_set_without_a_good_current_key_is_refused_at_start(keys: dict[str, SecretStr]) -> None:
    with pytest.raises(ValueError, match="agreement key"):
        EcaKeys("new", keys)


def test_keys_do_not_show_in_messages() -> None:
    assert "nnn" not in repr(KEYS)
