"""Workflows that were started by earlier releases go on: their stored histories replay on today's code.

`python tests/replays/store.py NAME…` adds what today's code writes; a stored history is never changed.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from perennial.engine_client import DATA_CONVERTER
from workflows.bulk import BulkWorkflow
from workflows.delivery import DeliveryWorkflow
from workflows.refund import RefundWorkflow
from workflows.subscription import SubscriptionWorkflow

STORED = sorted((Path(__file__).parent / "histories").glob("*.json"))


@pytest.mark.parametrize("stored", STORED, ids=[path.stem for path in STORED])
def test_a_stored_history_replays(stored: Path) -> None:
    replayer = Replayer(
        workflows=[SubscriptionWorkflow, RefundWorkflow, DeliveryWorkflow, BulkWorkflow],
        data_converter=DATA_CONVERTER,
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    history = WorkflowHistory.from_json(stored.stem, stored.read_text(encoding="utf-8"))

    asyncio.run(replayer.replay_workflow(history))


def test_there_is_a_history_of_every_path() -> None:
    assert {path.stem for path in STORED} >= {
        "accepted",
        "declined",
        "deadline-passed",
        "scheduled-and-renewed",
        "held-and-enabled",
        "expired",
        "refund",
        "delivery",
        "bulk",
    }
