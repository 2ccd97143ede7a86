"""What every change made at the counter itself leaves behind: who made it, when, and from what to what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from intake.scope import Caller
from storage.audit import AuditEntry, insert_audit_entry
from storage.ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A change as it is asked for: by whom, at which instant, in which request."""

    caller: Caller
    at: datetime
    request_id: str


async def record_change(
    connection: AsyncConnection,
    setting: Setting,
    action: str,
    *,
    subject_id: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:
    """Write an audit entry of the members that differ; `before` is empty for something new."""
    changed = {name: value for name, value in after.items() if name not in before or before[name] != value}
    entry = AuditEntry(
        id=new_id("aud"),
        at=setting.at,
        partner_id=setting.caller.partner.id,
        actor=setting.caller.actor,
        action=action,
        subject_id=subject_id,
        before={name: before[name] for name in changed if name in before} or None,
        after=changed,
        request_id=setting.request_id,
    )
    await insert_audit_entry(connection, entry)
