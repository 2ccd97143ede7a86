"""The table of legal moves: what each command does in each state. The drawing in the documentation is made from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lifecycle.refusals import InvalidState
from lifecycle.subscription import TERMINAL, State, Subscription


class Move(StrEnum):
    """Whatever may move a subscription; the agenda's own moves are the last three."""

    ACCEPT_ECA = "accept_eca"
    DECLINE_ECA = "decline_eca"
    RESEND_ECA = "resend_eca"
    CHANGE_ACCEPTOR = "change_acceptor"
    CANCEL = "cancel"
    OPS_CANCEL = "ops_cancel"
    ADD_INVENTORY = "add_inventory"
    SET_RENEWAL_INVENTORY = "set_renewal_inventory"
    SET_RENEWAL_MODE = "set_renewal_mode"
    SUSPEND = "suspend"
    ENABLE = "enable"
    REFUND = "refund"
    ECA_DEADLINE = "eca_deadline"
    START = "start"
    TERM_END = "term_end"


@dataclass(frozen=True, slots=True)
class To:
    """Legal: the states that it may lead to; the state itself where it may stay."""

    states: frozenset[State]


@dataclass(frozen=True, slots=True)
class No:
    """Refused, with the code."""

    code: str


@dataclass(frozen=True, slots=True)
class Never:
    """Cannot come up: the agenda of that state does not hold it."""


Cell = To | No | Never

PENDING, SCHEDULED, ACTIVE, SUSPENDED = State.PENDING_ECA, State.SCHEDULED, State.ACTIVE, State.SUSPENDED
OVER = State.EXPIRED  # stands for every final state: they differ in nothing that a command may do


def _to(*states: State) -> To:
    return To(frozenset(states))


_ROWS: dict[Move, tuple[Cell, ...]] = {
    # in the order of _COLUMNS: pending_eca, scheduled, active, suspended, over
    Move.ACCEPT_ECA: (
        _to(ACTIVE, SCHEDULED, State.CANCELLED),
        _to(SCHEDULED),
        _to(ACTIVE),
        _to(SUSPENDED),
        No("eca_link_invalid"),
    ),
    Move.DECLINE_ECA: (
        _to(State.DECLINED),
        No("eca_already_accepted"),
        No("eca_already_accepted"),
        No("eca_already_accepted"),
        No("eca_link_invalid"),
    ),
    Move.RESEND_ECA: (_to(PENDING), *(No("invalid_state"),) * 4),
    Move.CHANGE_ACCEPTOR: (_to(PENDING), *(No("invalid_state"),) * 4),
    Move.CANCEL: (
        _to(State.CANCELLED),
        _to(State.CANCELLED),
        No("use_suspend_or_one_time"),
        No("use_suspend_or_one_time"),
        No("invalid_state"),
    ),
    Move.OPS_CANCEL: (*(_to(State.CANCELLED),) * 4, No("invalid_state")),
    Move.ADD_INVENTORY: (
        No("not_active"),
        No("not_active"),
        _to(ACTIVE),
        No("subscription_suspended"),
        No("not_active"),
    ),
    Move.SET_RENEWAL_INVENTORY: (No("not_active"), _to(SCHEDULED), _to(ACTIVE), _to(SUSPENDED), No("not_active")),
    Move.SET_RENEWAL_MODE: (
        _to(PENDING),
        _to(SCHEDULED),
        _to(ACTIVE),
        _to(SUSPENDED, State.EXPIRED),
        No("not_active"),
    ),
    Move.SUSPEND: (
        No("not_active"),
        No("not_active"),
        _to(SUSPENDED),
        No("already_suspended"),
        No("not_active"),
    ),
    Move.ENABLE: (*(No("not_suspended"),) * 3, _to(ACTIVE), No("not_suspended")),
    Move.REFUND: (
        Never(),
        Never(),
        _to(ACTIVE, State.CANCELLED),
        _to(SUSPENDED, State.CANCELLED),
        _to(OVER),
    ),
    Move.ECA_DEADLINE: (_to(State.ECA_EXPIRED), *(Never(),) * 4),
    Move.START: (Never(), _to(ACTIVE), *(Never(),) * 3),
    Move.TERM_END: (Never(), Never(), _to(ACTIVE, State.EXPIRED), _to(SUSPENDED, State.EXPIRED), Never()),
}

_COLUMNS = (PENDING, SCHEDULED, ACTIVE, SUSPENDED, OVER)


def _cell(cells: tuple[Cell, ...], state: State) -> Cell:
    if state not in TERMINAL:
        return cells[_COLUMNS.index(state)]
    # Whatever a final state still allows leaves it as it is.
    return _to(state) if isinstance(cells[-1], To) else cells[-1]


MOVES: dict[tuple[State, Move], Cell] = {
    (state, move): _cell(cells, state) for move, cells in _ROWS.items() for state in State
}

_OFFERED = (
    Move.ADD_INVENTORY,
    Move.SET_RENEWAL_INVENTORY,
    Move.SET_RENEWAL_MODE,
    Move.SUSPEND,
    Move.ENABLE,
    Move.CANCEL,
    Move.RESEND_ECA,
    Move.CHANGE_ACCEPTOR,
    Move.REFUND,
)


def allowed(subscription: Subscription) -> tuple[str, ...]:
    """Return the commands that the subscription's state allows a partner, as `allowed` shows them."""
    legal = [move for move in _OFFERED if isinstance(MOVES[subscription.state, move], To)]
    if not subscription.was_charged and Move.REFUND in legal:
        legal.remove(Move.REFUND)
    return tuple(legal)


def check_move(subscription: Subscription, move: Move) -> None:
    """Refuse the move where the table says no.

    Raises:
        InvalidState: with the table's code, the state and what is allowed.
    """
    cell = MOVES[subscription.state, move]
    if isinstance(cell, To):
        return
    code = cell.code if isinstance(cell, No) else Move.REFUND.value + "_nothing_charged"
    raise InvalidState(code, state=subscription.state.value, allowed=allowed(subscription))
