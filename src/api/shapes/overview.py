"""How many subscriptions wait for somebody's attention."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

Count = Annotated[int, Field(description="`counted_to` stands for that many or more.", ge=0)]

RenewalsDue = TypedDict("RenewalsDue", {"30": Count, "60": Count, "90": Count})
RenewalsDue.__doc__ = "How many renew by themselves within so many days of their own today: `ends_within`."


class Overview(TypedDict):
    """How many subscriptions there are of each kind that somebody may want to do something about."""

    renewals_due: RenewalsDue
    pending_eca: Count
    scheduled: Count
    active: Count
    suspended: Annotated[int, Field(description="Those whose renewal is held are among them.", ge=0)]
    held: Annotated[int, Field(description="Suspended when the term ended; the renewal waits for the enabling.", ge=0)]
    counted_to: Annotated[int, Field(description="No count goes beyond this number.")]
