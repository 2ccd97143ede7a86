from __future__ import annotations

import pytest

from intake.shown_once import KEY_PREFIX, SETUP_PREFIX, is_well_formed, keyed_hash, new_secret_text

pytestmark = pytest.mark.parametrize("prefix", [KEY_PREFIX, SETUP_PREFIX])


def test_a_secret_tells_its_kind_and_carries_a_checksum(prefix: str) -> None:
    texts = {new_secret_text(prefix) for _ in range(200)}

    assert len(texts) == 200
    assert all(text.startswith(f"{prefix}_") and len(text) == 54 for text in texts)
    assert all(is_well_formed(text, prefix) for text in texts)


def test_a_mistyped_secret_is_known_without_looking_it_up(prefix: str) -> None:
    text = new_secret_text(prefix)

    for position in range(4, len(text)):
        changed = "x" if text[position] != "x" else "y"
        assert not is_well_formed(text[:position] + changed + text[position + 1 :], prefix)
    assert not is_well_formed("", prefix)
    assert not is_well_formed(text.removeprefix(f"{prefix}_"), prefix)
    assert not is_well_formed("ü" * 54, prefix)


def test_a_secret_of_another_kind_is_none(prefix: str) -> None:
    (other,) = {KEY_PREFIX, SETUP_PREFIX} - {prefix}

    assert not is_well_formed(new_secret_text(other), prefix)


def test_the_stored_hash_depends_on_the_pepper(prefix: str) -> None:
    text = new_secret_text(prefix)

    assert keyed_hash(text, b"one") == keyed_hash(text, b"one") != keyed_hash(text, b"two")
    assert text not in keyed_hash(text, b"one")
