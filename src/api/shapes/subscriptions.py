"""Subscriptions, what commands on them answer, and their past and future."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from api.shapes.members import (
    Actor,
    CommandId,
    CustomerId,
    Day,
    Instant,
    Money,
    ProductCount,
    ReferenceId,
    ResellerId,
    SubscriptionId,
)
from api.shapes.money import ChargeLine, CommandTransaction
from api.shapes.problems import Problem
from lifecycle.agenda import AgendaKind
from lifecycle.subscription import EcaStatus, RenewalInventoryMode, RenewalMode, State

Warnings = Annotated[list[str], Field(description="`reference_id_reused`, `renews_within_30_days`.")]
Asked = Annotated[str, Field(description="What was asked for: `purchase`, `add_inventory`, `suspend`, `refund`, …")]


class Agreement(TypedDict):
    """How the Enterprise Certificate Agreement of a purchase stands."""

    status: EcaStatus
    acceptor_email: str | None
    requested_at: Instant | None
    deadline_at: Instant | None
    last_sent_at: Instant | None
    links_sent: int
    document_version: str | None


class NextEvent(TypedDict):
    """What comes next by itself."""

    kind: AgendaKind
    at: Instant


class PendingTelling(TypedDict):
    """A mail or a webhook's message that is on its way; `to` is a webhook, or the role of a person."""

    id: str
    kind: str
    to: str
    at: Instant
    attempts: int
    last_error: str | None
    next_try_at: Instant | None


class _Standing(TypedDict):
    customer_id: CustomerId
    reseller_id: ResellerId
    offering: str
    clm_tier: str
    term_months: int
    requested_start_date: Day | None
    start_date: Day | None
    end_date: Annotated[Day | None, Field(description="The first day after the term.")]
    state: State
    state_reason: str | None
    term_number: int
    anchor_date: Day | None
    anchor_term_number: int
    renewal_mode: RenewalMode
    inventory: list[ProductCount]
    renewal_inventory: list[ProductCount]
    renewal_inventory_mode: RenewalInventoryMode
    reference_id: ReferenceId
    eca_acceptance_id: str | None
    suspended_at: Instant | None
    renewal_held_since: Instant | None
    version: Annotated[int, Field(description="Rises with every event; the `ETag`.")]
    eca: Agreement
    next_event: NextEvent | None
    allowed: Annotated[list[str], Field(description="The commands that its state allows.")]
    created_at: Instant
    updated_at: Instant


class Subscription(_Standing):
    """A customer's standing right to certificates."""

    id: SubscriptionId
    company_name: Annotated[str, Field(description="Of its customer, as it is called now.")]
    pending_tellings: NotRequired[Annotated[list[PendingTelling], Field(description="Where one is read.")]]
    today: NotRequired[Annotated[Day, Field(description="In a sandbox: its own virtual day.")]]
    workflow_url: NotRequired[Annotated[str, Field(description="For operators: its workflow in the engine's UI.")]]


class RenewalPreview(TypedDict):
    """What the next term would cost as things stand."""

    lines: list[ChargeLine]
    total: Money


class CommandAnswer(_Standing):
    """A subscription after a command, and what the command posted."""

    id: SubscriptionId
    transaction: CommandTransaction | None
    warnings: Warnings
    renewal_preview: NotRequired[RenewalPreview]
    dry_run: NotRequired[Annotated[Literal[True], Field(description="There for a dry run only.")]]


class PurchasePreview(_Standing):
    """What a purchase would become: a dry run."""

    id: None
    transaction: CommandTransaction | None
    warnings: Warnings
    dry_run: Literal[True]


class QuotedAgreement(TypedDict):
    """Whether the agreement will be needed."""

    status: Literal["required", "on_file", "not_required"]


class Quote(TypedDict):
    """A purchase priced; `due_now` is what is posted at once."""

    start_date: Day
    end_date: Day
    total_days: int
    remaining_days: int
    lines: list[ChargeLine]
    total: Money
    due_now: Money
    eca: QuotedAgreement
    earliest_start_date: Day
    warnings: Warnings


class AcceptedCommand(TypedDict):
    """A command that is recorded and will be carried out without the client; ask `/v1/commands/{command_id}`."""

    command_id: CommandId
    state: Literal["accepted"]


class Command(TypedDict):
    """What became of a command: its final answer, or its problem, once it is done."""

    command_id: CommandId
    kind: Asked
    state: Literal["accepted", "done"]
    answer: NotRequired[Annotated[dict[str, Any] | None, Field(description="As the operation itself answers.")]]
    problem: NotRequired[Problem]


class TimelineEntry(TypedDict):
    """Something that happened, or that was told; `version` is null for a telling."""

    version: int | None
    kind: str
    at: Instant
    actor: Actor
    reason: str | None
    command_id: CommandId
    transaction_id: str | None
    data: dict[str, Any]


class Foreseen(TypedDict):
    """Something that will happen if nobody touches the subscription."""

    at: Instant
    kind: AgendaKind
    charge: Money | None
    lines: list[ChargeLine]


class Forecast(TypedDict):
    """What happens until a day if nobody touches the subscription."""

    data: list[Foreseen]
    until: Day


class Decision(TypedDict):
    """How the agreement was decided."""

    status: Literal["accepted", "declined"]
    name: str | None
    job_title: str | None
    decided_at: Instant
