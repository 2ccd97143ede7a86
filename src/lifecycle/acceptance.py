"""The agreement: accepting, declining, sending again, asking somebody else."""

from __future__ import annotations

from datetime import datetime, timedelta

from lifecycle.commands import AcceptEca, ChangeAcceptor, DeclineEca
from lifecycle.events import EcaAccepted, EcaAcceptorChanged, EcaDeclined, EcaResent, Event
from lifecycle.moves import Move, allowed, check_move
from lifecycle.purchase import begin, check_acceptor, document_to_show
from lifecycle.refusals import Conflict, FieldError, InvalidInput, LinkDead, TooSoon
from lifecycle.subscription import EcaRequest, State, Subscription

RESEND_PAUSE = timedelta(minutes=10)
MAX_RESENDS = 10
MAX_ACCEPTOR_CHANGES = 3


def decide_accept(subscription: Subscription, command: AcceptEca, *, at: datetime) -> tuple[Event, ...]:
    """Return the acceptance and how the purchase goes on; nothing when the same was accepted before.

    Raises:
        LinkDead: the subscription is over, or the link was replaced.
        Conflict: other data was accepted before.
    """
    eca = _current_request(subscription, command.request_id, command.link_number)
    if subscription.state is not State.PENDING_ECA:
        if (eca.accepted_name, eca.accepted_job_title) == (command.name, command.job_title):
            return ()
        raise _already_accepted(subscription)
    accepted = EcaAccepted(
        at=at,
        request_id=eca.id,
        acceptance_id=command.acceptance_id,
        name=command.name,
        job_title=command.job_title,
    )
    return (accepted, *begin(subscription, at=at))


def decide_decline(subscription: Subscription, command: DeclineEca, *, at: datetime) -> tuple[Event, ...]:
    """Return the end of the purchase.

    Raises:
        LinkDead: the subscription is over, or the link was replaced.
        Conflict: it was accepted before.
    """
    eca = _current_request(subscription, command.request_id, command.link_number)
    if subscription.state is not State.PENDING_ECA:
        raise _already_accepted(subscription)
    return (EcaDeclined(at=at, request_id=eca.id, reason=command.reason),)


def decide_resend(subscription: Subscription, *, at: datetime) -> tuple[Event, ...]:
    """Return a new link; ten a request, ten minutes apart, the first mail counting for neither.

    Raises:
        InvalidState: nothing is awaited.
        TooSoon: the last one is less than ten minutes old.
        Conflict: `resend_limit`.
    """
    check_move(subscription, Move.RESEND_ECA)
    eca = _request(subscription)
    if eca.link_number > MAX_RESENDS:
        raise Conflict("resend_limit", f"The request was sent again {MAX_RESENDS} times; change the acceptor instead.")
    wait = eca.last_sent_at + RESEND_PAUSE - at
    if eca.link_number > 1 and wait > timedelta(0):
        raise TooSoon("resend_too_soon", "The request was sent again less than 10 minutes ago.", retry_after=wait)
    return (EcaResent(at=at, link_number=eca.link_number + 1),)


def decide_change_acceptor(subscription: Subscription, command: ChangeAcceptor, *, at: datetime) -> tuple[Event, ...]:
    """Return a new request to another person, with a deadline of its own.

    Raises:
        InvalidState: nothing is awaited.
        InvalidInput: the address is the present one, or the partner's.
        Conflict: `acceptor_change_limit`.
    """
    if subscription.state is State.PENDING_ECA:
        _check_new_acceptor(_request(subscription), command)
    check_move(subscription, Move.CHANGE_ACCEPTOR)
    eca = _request(subscription)
    if eca.acceptor_changes >= MAX_ACCEPTOR_CHANGES:
        raise Conflict("acceptor_change_limit", f"The acceptor was changed {MAX_ACCEPTOR_CHANGES} times already.")
    document = document_to_show(command.standing)
    changed = EcaAcceptorChanged(
        at=at,
        request_id=command.eca_request_id,
        former_request_id=eca.id,
        acceptor_email=command.acceptor_email,
        document_id=document.id,
        document_version=document.version,
    )
    return (changed,)


def _check_new_acceptor(eca: EcaRequest, command: ChangeAcceptor) -> None:
    if command.acceptor_email.casefold() == eca.acceptor_email.casefold():
        raise InvalidInput(FieldError("eca_acceptor_email", "acceptor_unchanged", "This is the present acceptor."))
    check_acceptor(command.acceptor_email, command.standing.partner_addresses)


def _request(subscription: Subscription) -> EcaRequest:
    if subscription.eca is None:
        message = f"{subscription.id} awaits no agreement"
        raise ValueError(message)
    return subscription.eca


def _current_request(subscription: Subscription, request_id: str, link_number: int) -> EcaRequest:
    eca = subscription.eca
    if eca is None or subscription.is_over:
        raise LinkDead("eca_link_invalid", "This link is not valid.")
    if (eca.id, eca.link_number) != (request_id, link_number):
        raise LinkDead("eca_link_replaced", "This link was replaced by a newer one.")
    return eca


def _already_accepted(subscription: Subscription) -> Conflict:
    state, legal = subscription.state.value, list(allowed(subscription))
    return Conflict("eca_already_accepted", "The agreement was accepted before.", state=state, allowed=legal)
