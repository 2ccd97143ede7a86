from __future__ import annotations

from intake.keys import is_well_formed, key_hash, new_key_text


def test_a_key_tells_its_kind_and_carries_a_checksum() -> None:
    keys = {new_key_text() for _ in range(200)}

    assert len(keys) == 200
    assert all(key.startswith("prn_") and len(key) == 54 for key in keys)
    assert all(is_well_formed(key) for key in keys)


def test_a_mistyped_key_is_known_without_looking_it_up() -> None:
    key = new_key_text()

    for position in range(4, len(key)):
        changed = "x" if key[position] != "x" else "y"
        assert not is_well_formed(key[:position] + changed + key[position + 1 :])
    assert not is_well_formed("")
    assert not is_well_formed(key.removeprefix("prn_"))
    assert not is_well_formed("ü" * 54)


def test_the_stored_hash_depends_on_the_pepper() -> None:
    key = new_key_text()

    assert key_hash(key, b"one") == key_hash(key, b"one") != key_hash(key, b"two")
    assert key not in key_hash(key, b"one")
