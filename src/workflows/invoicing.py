"""The monthly run over billing accounts: batch by batch, one activity for each account's document.

What is missing is asked of the database, so that a run that is late, repeated, or at work beside another one makes
exactly the documents that are not there yet.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.invoicing_orders import (
    FINISH_MONTH,
    INVOICING,
    LIST_ACCOUNTS,
    LIST_MONTHS,
    POST_INVOICE,
    AccountsOrder,
    DueAccounts,
    DueMonths,
    InvoicingDone,
    InvoicingOrder,
    MonthDone,
    MonthsOrder,
    Posted,
    PostOrder,
    Progress,
)
from workflows import retries

LONGEST_PAUSE = timedelta(hours=1)


@workflow.defn(name=INVOICING)
class InvoicingWorkflow:
    """Makes every document that is missing, month after month; a month ends when no account misses its own."""

    @workflow.init
    def __init__(self, order: InvoicingOrder) -> None:
        """Begin, or go on where the run before stopped."""
        self._order = order
        self._progress = order.progress or Progress()
        self._taken = 0

    @workflow.run
    async def run(self, order: InvoicingOrder) -> InvoicingDone:
        """Invoice what is due, oldest month first, and return how many documents there were to make."""
        if order.progress is None:
            self._progress.months = await self._months()
        while self._progress.months:
            accounts = await self._next_accounts()
            if accounts:
                await self._post(accounts)
            elif self._progress.failed:
                await self._pause()
            else:
                await self._finish_month()
            self._show()
            if self._should_continue():
                workflow.continue_as_new(order.model_copy(update={"progress": self._progress}))
        return InvoicingDone(documents=self._progress.documents)

    async def _months(self) -> list[str]:
        if self._order.month is not None:
            return [self._order.month]
        over = self._now().replace(day=1) - timedelta(days=1)
        due: DueMonths = await workflow.execute_activity(
            LIST_MONTHS, MonthsOrder(until=f"{over:%Y-%m}"), result_type=DueMonths, **retries.RECORD
        )
        return due.months

    async def _next_accounts(self) -> list[str]:
        """The next batch of a round; the first of a round also tells how many there are."""
        progress = self._progress
        begins = not progress.after
        order = AccountsOrder(
            month=progress.months[0],
            after=progress.after,
            limit=self._order.batch,
            counts=begins,
            again=self._is_asked_for,
        )
        due: DueAccounts = await workflow.execute_activity(
            LIST_ACCOUNTS,
            order,
            result_type=DueAccounts,
            summary=f"{order.month}, after {order.after}" if order.after else order.month,
            **retries.RECORD,
        )
        if begins:
            progress.total = progress.done + due.total
        return due.account_ids

    async def _post(self, account_ids: list[str]) -> None:
        """All of a batch at once; an account whose document cannot be made now does not hold the others up."""
        month, at = self._progress.months[0], self._now()
        posting = [
            workflow.start_activity(
                POST_INVOICE,
                PostOrder(account_id=account_id, month=month, at=at, again=self._is_asked_for),
                result_type=Posted,
                summary=f"{month}, {account_id}",
                **retries.POST_INVOICE,
            )
            for account_id in account_ids
        ]
        for handle in posting:
            try:
                posted: Posted = await handle
            except ActivityError:
                self._progress.failed += 1
            else:
                self._progress.done += 1
                self._progress.documents += bool(posted.number)
        self._progress.after = account_ids[-1]
        self._taken += len(account_ids)

    async def _pause(self) -> None:
        """Before the accounts that failed are tried again, in a round of their own."""
        progress = self._progress
        self._show()
        pause = retries.round_pause(self._order.pause_s, progress.rounds, longest=LONGEST_PAUSE)
        await workflow.sleep(pause, summary=f"{progress.failed} to be tried again")
        progress.rounds += 1
        progress.after, progress.failed = "", 0

    async def _finish_month(self) -> None:
        progress = self._progress
        if not self._is_asked_for:
            done = MonthDone(month=progress.months[0], at=self._now())
            await workflow.execute_activity(FINISH_MONTH, done, summary=done.month, **retries.RECORD)
        self._show()
        self._progress = Progress(months=progress.months[1:], documents=progress.documents)

    def _show(self) -> None:
        progress = self._progress
        if not progress.months:
            return
        failed = f", {progress.failed} to be tried again" if progress.failed else ""
        further = f"\n\nthen {', '.join(progress.months[1:])}" if progress.months[1:] else ""
        workflow.set_current_details(
            f"**{progress.months[0]}**: {progress.done} of {progress.total} accounts{failed}{further}"
        )

    @property
    def _is_asked_for(self) -> bool:
        """A month that is asked for is looked at although it may be done; it is not done because of that either."""
        return self._order.month is not None

    def _now(self) -> datetime:
        return self._order.at or workflow.now()

    def _should_continue(self) -> bool:
        is_long = self._taken >= self._order.accounts_a_run or workflow.info().is_continue_as_new_suggested()
        return bool(self._progress.months) and is_long
