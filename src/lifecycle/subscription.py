"""A subscription as its events left it. Frozen: a change is a new value, made by `evolve`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from lifecycle.catalog import TermPrices
from lifecycle.inventory import Inventory
from lifecycle.terms import ECA_DEADLINE, Span, add_months, term_end


class State(StrEnum):
    """Where a subscription is in its life; the last four are final."""

    PENDING_ECA = "pending_eca"
    SCHEDULED = "scheduled"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    DECLINED = "declined"
    ECA_EXPIRED = "eca_expired"
    CANCELLED = "cancelled"


TERMINAL = frozenset({State.EXPIRED, State.DECLINED, State.ECA_EXPIRED, State.CANCELLED})


class RenewalMode(StrEnum):
    """What happens at the end of the term: a new one, or the end."""

    AUTO = "auto"
    ONE_TIME = "one_time"


class RenewalInventoryMode(StrEnum):
    """Whether the renewal inventory copies the inventory or was edited."""

    FOLLOWS = "follows"
    PINNED = "pinned"


class EcaStatus(StrEnum):
    """What the agreement of a purchase is waiting for, or how it was met."""

    NOT_REQUIRED = "not_required"
    ON_FILE = "on_file"
    REQUESTED = "requested"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class EcaRequest:
    """The request that is with the acceptor; `link_number` counts its links from one, older links are dead."""

    id: str
    acceptor_email: str
    document_id: str
    document_version: str
    requested_at: datetime
    last_sent_at: datetime
    link_number: int = 1
    acceptor_changes: int = 0
    accepted_name: str | None = None
    accepted_job_title: str | None = None

    @property
    def deadline_at(self) -> datetime:
        """The first instant at which accepting is too late."""
        return self.requested_at + ECA_DEADLINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A customer's standing right. `start_date` and `end_date` are those of the current term, `end_date` exclusive.

    `prices` are those of the current term, before activation those of the confirmation. `began_at` is the instant from
    which the current term's reminders exist. `version` is the number of the last event. `reference_id` is the first one
    that was given with anything, `purchase_reference_id` and `renewal_reference_id` those that the charges will carry.
    """

    id: str
    customer_id: str
    offering: str
    clm_tier: str
    term_months: int
    requested_start_date: date | None
    state: State
    renewal_mode: RenewalMode
    inventory: Inventory
    renewal_inventory: Inventory
    prices: TermPrices
    confirmed_at: datetime
    eca_status: EcaStatus
    version: int
    state_reason: str | None = None
    renewal_inventory_mode: RenewalInventoryMode = RenewalInventoryMode.FOLLOWS
    renewal_reference_id: str | None = None
    purchase_reference_id: str | None = None
    reference_id: str | None = None
    start_date: date | None = None
    end_date: date | None = None
    term_number: int = 1
    anchor_date: date | None = None
    anchor_term_number: int = 1
    began_at: datetime | None = None
    suspended_at: datetime | None = None
    renewal_held_since: datetime | None = None
    ended_at: datetime | None = None
    eca: EcaRequest | None = None
    eca_acceptance_id: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether the state is final."""
        return self.state in TERMINAL

    @property
    def is_held(self) -> bool:
        """Whether its renewal waits for somebody to enable it."""
        return self.renewal_held_since is not None

    @property
    def was_charged(self) -> bool:
        """Whether it ever started, so that there is something to refund."""
        return self.anchor_date is not None

    @property
    def term(self) -> Span:
        """The days of the current term.

        Raises:
            ValueError: it has no dates yet.
        """
        if self.start_date is None or self.end_date is None:
            message = f"{self.id} has no term yet"
            raise ValueError(message)
        return Span(self.start_date, self.end_date)

    def next_term(self) -> Span:
        """Return the days of the term that follows the current one, counted from the anchor.

        Raises:
            ValueError: it has not started yet.
        """
        if self.anchor_date is None:
            message = f"{self.id} has not started"
            raise ValueError(message)
        terms = self.term_number + 1 - self.anchor_term_number + 1
        end = term_end(self.anchor_date, terms_since_anchor=terms, term_months=self.term_months)
        return Span(self.term.end, end)

    def term_from(self, start: date) -> Span:
        """Return the days of a term that starts on a day of its own."""
        return Span(start, add_months(start, self.term_months))
