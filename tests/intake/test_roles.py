"""What a user's role lets it do, once it asks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from intake.denials import MissingScope, PartnerDisabled, Unauthenticated
from intake.roles import ROLES, SCOPES
from intake.users import caller_of
from storage.partners import DISABLED, ENABLED
from storage.users import User
from support_parties import partner_row

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
PARTNER = partner_row(NOW, id="ptn_1")
USER = User(
    id="usr_1",
    partner_id="ptn_1",
    email="jana@d.example",
    name="Jana",
    role="sales",
    state=ENABLED,
    password_hash="$argon2id$…",  # noqa: S106 - none that anybody has
    setup_hash="a hash",
    created_at=NOW,
    updated_at=NOW,
)


@pytest.mark.parametrize(
    ("role", "scopes"),
    [
        ("admin", {"read", "write", "refund", "admin"}),
        ("technician", {"read", "write"}),
        ("sales", {"read", "write"}),
        ("billing", {"read", "refund"}),
        ("ops", {"read", "write", "refund", "admin", "ops"}),
    ],
)
def test_a_user_may_what_its_role_says_and_nothing_else(role: str, scopes: set[str]) -> None:
    caller = caller_of(replace(USER, role=role), PARTNER)

    assert (caller.actor, caller.partner) == ("usr_1", PARTNER)
    for scope in SCOPES:
        assert caller.has_scope(scope) == (scope in scopes)
        if scope not in scopes:
            with pytest.raises(MissingScope):
                caller.require(scope)


def test_there_is_no_other_role() -> None:
    assert set(ROLES) == {"admin", "technician", "sales", "billing", "ops"}


def test_a_user_of_a_disabled_partner_is_known_and_may_nothing() -> None:
    caller = caller_of(USER, replace(PARTNER, state=DISABLED))

    with pytest.raises(PartnerDisabled):
        caller.require("read")


def test_a_disabled_user_is_nobody() -> None:
    with pytest.raises(Unauthenticated):
        caller_of(replace(USER, state=DISABLED), PARTNER)


def test_a_user_in_a_log_shows_no_hash() -> None:
    assert "argon2" not in repr(USER)
    assert "a hash" not in repr(USER)
