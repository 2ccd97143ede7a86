from __future__ import annotations

import pytest

from console.why_not import COMMANDS, is_possible, why_not
from lifecycle.moves import MOVES, Move, No, To
from lifecycle.subscription import State

# What the sentence of a refusal must speak of, whatever else it says.
SPOKEN = {
    "not_active": ("active", "accepted", "expired", "declined", "cancelled"),
    "not_suspended": ("suspended", "enabled"),
    "already_suspended": ("suspended already",),
    "subscription_suspended": ("suspended",),
    "use_suspend_or_one_time": ("suspend it", "One-Time Renewal"),
    "invalid_state": ("asked", "cancelled", "expired", "declined", "accepted in time"),
}
CELLS = [(state, Move(command)) for state in State for command in COMMANDS]


@pytest.mark.parametrize(("state", "move"), CELLS)
def test_every_refusal_of_the_rules_has_its_sentence(state: State, move: Move) -> None:
    cell = MOVES[state, move]
    said = why_not(move.value, state.value, is_allowed=isinstance(cell, To))
    if isinstance(cell, To):
        assert said is None
        return
    assert said is not None
    assert "does not allow this" not in said, "the sentence for whatever has none of its own"
    if isinstance(cell, No):
        assert any(word in said for word in SPOKEN[cell.code]), (cell.code, said)
    else:
        assert "nothing to refund" in said


@pytest.mark.parametrize("state", list(State))
def test_nothing_that_was_never_charged_can_be_refunded_and_the_page_says_so(state: State) -> None:
    said = why_not("refund", state.value, is_allowed=False)
    assert said is not None
    assert "nothing" in said.lower()


@pytest.mark.parametrize("state", list(State))
def test_operators_may_end_whatever_the_rules_let_them_end(state: State) -> None:
    by_partners = isinstance(MOVES[state, Move.CANCEL], To)
    allowed = frozenset({"cancel"} if by_partners else ())
    by_operators = isinstance(MOVES[state, Move.OPS_CANCEL], To)
    assert is_possible("cancel", state.value, allowed=allowed, is_operator=True) == by_operators
    assert is_possible("cancel", state.value, allowed=allowed, is_operator=False) == by_partners


def test_operators_may_do_nothing_else_that_the_state_does_not_allow() -> None:
    assert not any(
        is_possible(command, state.value, allowed=frozenset(), is_operator=True)
        for state in State
        for command in COMMANDS
        if command != "cancel"
    )
