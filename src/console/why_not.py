"""Why a command is not possible on a subscription as it stands: command and state to a sentence for people."""

from __future__ import annotations

from collections.abc import Mapping

COMMANDS: Mapping[str, str] = {
    "add_inventory": "Add Products & Services",
    "set_renewal_inventory": "Renewal Inventory",
    "set_renewal_mode": "Renewal preference",
    "suspend": "Suspend",
    "enable": "Enable",
    "cancel": "Cancel the purchase",
    "resend_eca": "Resend the ECA request",
    "change_acceptor": "Change the ECA acceptor",
    "refund": "Refund",
}
RUNNING = frozenset({"active", "suspended"})
WAITING = frozenset({"pending_eca", "scheduled"})

# What a final state is called in these sentences.
OVER: Mapping[str, str] = {
    "expired": "The subscription has expired",
    "declined": "The ECA was declined",
    "eca_expired": "The ECA was not accepted in time",
    "cancelled": "The subscription is cancelled",
}
_INSTEAD: Mapping[str, str] = {
    "add_inventory": "buy another subscription instead",
    "set_renewal_inventory": "nothing of it renews any more",
    "set_renewal_mode": "nothing of it renews any more",
    "suspend": "there is nothing to suspend",
    "enable": "it cannot be enabled again; buy another subscription instead",
    "cancel": "there is nothing to cancel",
    "resend_eca": "nobody is asked for the agreement any more",
    "change_acceptor": "nobody is asked for the agreement any more",
    "refund": "nothing was charged",
}
_NOT_STARTED: Mapping[str, str] = {
    "add_inventory": "Products can be added once the subscription is active.",
    "set_renewal_inventory": "The renewal inventory can be set once the ECA is accepted.",
    "suspend": "There is nothing to suspend before the subscription is active.",
    "enable": "Only a suspended subscription can be enabled.",
    "refund": "Nothing was charged yet, so there is nothing to refund.",
    "resend_eca": "Nobody is asked for the agreement: this purchase only waits for its start date.",
    "change_acceptor": "Nobody is asked for the agreement: this purchase only waits for its start date.",
}
_NO_CANCEL = "A running subscription is not cancelled: suspend it, or switch it to One-Time Renewal."
_NOBODY_ASKED = "Nobody is being asked for the agreement: the subscription has begun."
_CELLS: Mapping[tuple[str, str], str] = {
    ("enable", "active"): "The subscription is running; only a suspended one can be enabled.",
    ("cancel", "active"): _NO_CANCEL,
    ("resend_eca", "active"): _NOBODY_ASKED,
    ("change_acceptor", "active"): _NOBODY_ASKED,
    ("refund", "active"): "Nothing was charged, so there is nothing to refund.",
    ("add_inventory", "suspended"): "Nothing can be added while the subscription is suspended. Enable it first.",
    ("suspend", "suspended"): "The subscription is suspended already.",
    ("cancel", "suspended"): _NO_CANCEL,
    ("resend_eca", "suspended"): _NOBODY_ASKED,
    ("change_acceptor", "suspended"): _NOBODY_ASKED,
    ("refund", "suspended"): "Nothing was charged, so there is nothing to refund.",
}


def why_not(command: str, state: str, *, is_allowed: bool) -> str | None:
    """Return why the command is refused in the state, None where it is allowed."""
    if is_allowed:
        return None
    if state in OVER:
        return f"{OVER[state]}: {_INSTEAD[command]}."
    if state in WAITING and command in _NOT_STARTED:
        return _NOT_STARTED[command]
    return _CELLS.get((command, state), "The subscription’s state does not allow this.")


def is_possible(command: str, state: str, *, allowed: frozenset[str], is_operator: bool) -> bool:
    """Return whether somebody may give the command: what the API allows, and for operators to end what runs."""
    return command in allowed or (is_operator and command == "cancel" and state in RUNNING)
