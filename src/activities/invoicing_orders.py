"""What the monthly run and its activities say to each other, and the names that they go by; ids, months and counts."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

INVOICING = "invoicing"
LIST_MONTHS = "list_due_months"
LIST_ACCOUNTS = "list_due_accounts"
POST_INVOICE = "post_invoice"
FINISH_MONTH = "finish_month"
BATCH = 25
ACCOUNTS_A_RUN = 500
PAUSE_S = 60


class Progress(BaseModel):
    """How far a run has come: the months that are left, the present one first, and the account that was last in it.

    `failed` counts the accounts of this round whose document could not be made, `documents` those that were made.
    """

    months: list[str] = []
    after: str = ""
    done: int = 0
    total: int = 0
    failed: int = 0
    rounds: int = 0
    documents: int = 0


class InvoicingOrder(BaseModel):
    """Make the documents of every month that is over and not done; with `month` those of this one, over or done or not.

    `at` is the instant by which the run goes, the engine's present unless said. A batch is what is worked on at once;
    after `accounts_a_run` accounts the run goes on in a new history, with `progress`. `pause_s` is how long accounts
    that failed wait at first to be tried again.
    """

    month: str | None = None
    at: datetime | None = None
    batch: int = BATCH
    accounts_a_run: int = ACCOUNTS_A_RUN
    pause_s: int = PAUSE_S
    progress: Progress | None = None


class MonthsOrder(BaseModel):
    """Asks which months up to this one, itself included, are not done."""

    until: str


class DueMonths(BaseModel):
    """Months, the earliest first."""

    months: list[str] = []


class AccountsOrder(BaseModel):
    """Asks which accounts miss their document of the month, after `after` by id; all are counted if `counts`.

    A month that is done misses none, unless it is done `again`.
    """

    month: str
    after: str = ""
    limit: int = BATCH
    counts: bool = False
    again: bool = False


class DueAccounts(BaseModel):
    """Accounts by id, and how many there are in all, if that was asked."""

    account_ids: list[str] = []
    total: int = 0


class PostOrder(BaseModel):
    """Make the document of an account and a month; of a month that is done only `again`. `at` is when it is made."""

    account_id: str
    month: str
    at: datetime
    again: bool = False


class Posted(BaseModel):
    """The account's document of the month: its number, empty when there is nothing to put on one."""

    number: str = ""


class MonthDone(BaseModel):
    """No account misses its document of the month."""

    month: str
    at: datetime


class InvoicingDone(BaseModel):
    """How many documents there were to make."""

    documents: int = 0
