"""What a bulk job's workflow and its activities say to each other, and their names; ids, places and counts only."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

BULK = "bulk"
CARRY_OUT_ROWS = "carry_out_rows"
CLOSE_JOB = "close_bulk_job"
WAKE = "wake"
BATCH = 100
BATCHES_A_RUN = 200
PAUSE_S = 2
BEFORE_THE_FIRST = -1


class BulkProgress(BaseModel):
    """How far a round over the rows has come: the place of the last one, and how many must be tried again.

    `rounds` counts the pauses before a new round.
    """

    after: int = BEFORE_THE_FIRST
    failed: int = 0
    rounds: int = 0


class BulkOrder(BaseModel):
    """Carry a job out. A batch is one activity; after `batches_a_run` it goes on in a new history, with `progress`.

    `pause_s` is how long rows that failed wait at first to be tried again.
    """

    job_id: str
    batch: int = BATCH
    batches_a_run: int = BATCHES_A_RUN
    pause_s: int = PAUSE_S
    progress: BulkProgress | None = None


class BatchOrder(BaseModel):
    """Carry out the next rows behind a place that have no result."""

    job_id: str
    after: int = BEFORE_THE_FIRST
    limit: int = BATCH


class CloseOrder(BaseModel):
    """End a job that has no row left without a result; `at` is when."""

    job_id: str
    at: datetime


class JobStanding(BaseModel):
    """How many of a job's rows have which result."""

    state: str
    total: int = 0
    done: int = 0
    refused: int = 0
    cancelled: int = 0


class BatchDone(BaseModel):
    """How many rows there were, where to go on, and how many of them failed and are to be tried again.

    `paused` and `over` say what the job was when the batch ended.
    """

    standing: JobStanding
    taken: int = 0
    after: int = BEFORE_THE_FIRST
    failed: int = 0
    paused: bool = False
    over: bool = False


class JobClosed(BaseModel):
    """Whether the job is over now; it is not while a row is left that has no result."""

    standing: JobStanding
    over: bool = False


class BulkDone(BaseModel):
    """How many rows were carried out, and how many were not."""

    done: int = 0
    refused: int = 0
    cancelled: int = 0
