"""The product put together: storage, engine, counter, workers and doors, for the length of a block."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from urllib.parse import quote

import structlog
from starlette.types import ASGIApp
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.service import RPCError

from activities.bulk import BulkRows
from activities.document_pdf import Printing
from activities.draining import Draining
from activities.invoices import Invoicing
from activities.ledger import Ledger
from activities.mail_lookup import Links
from activities.notices import Mailing
from activities.recording import Agreement
from activities.refunding import Refunds
from activities.smtp import SmtpSettings
from activities.waking import wake
from activities.webhook_addresses import Addresses
from activities.webhook_telling import WebhookTelling
from api.parts import Parts
from console.oidc.provider import Provider
from console.oidc.tickets import Tickets
from console.parts import ConsoleParts
from intake.bulk import BulkJobs
from intake.bulk_desk import CounterDesk
from intake.clock import Clock
from intake.counter import Counter
from intake.engine import Engine, EngineLost
from intake.handover import HandOver
from intake.invoices import InvoiceRuns
from intake.passwords import Passwords
from intake.refunds import RefundCounter
from intake.sessions import Sessions
from intake.shown_once import keyed_hash
from intake.virtual_time import VirtualTime
from intake.webhooks import Webhooks
from perennial.engine_client import connect
from perennial.mail_receiver import mail_receiver
from perennial.oidc import provider_of
from perennial.secrets import Secrets, read_secrets
from perennial.seeding import prepare, prepare_sandbox
from perennial.settings import Settings
from perennial.sign_ins import prepare_sign_ins
from perennial.worker import working
from storage.announcements import Announcements
from storage.database import Database
from storage.notices import listening_to_notices
from storage.tellings import list_awake
from storage.webhook_secrets import webhook_key
from workflows import names

SMTP_PORT = 25
RETRY_SECONDS = 0.5
CALL = timedelta(seconds=3)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """The connected parts of one process."""

    settings: Settings
    secrets: Secrets
    database: Database
    engine: Engine
    announcements: Announcements
    clock: Clock
    handover: HandOver
    counter: Counter
    refunds: RefundCounter
    bulk: BulkJobs
    printing: Printing
    passwords: Passwords
    provider: Provider | None

    def parts(self) -> Parts:
        """Return what the doors need."""
        settings = self.settings
        virtual_time = VirtualTime(database=self.database, engine=self.engine, counter=self.counter, clock=self.clock)
        return Parts(
            database=self.database,
            clock=self.clock,
            pepper=self.secrets.pepper_bytes,
            readiness=self.readiness,
            rate_limit_per_second=settings.rate_limit_per_second,
            support_contact=settings.support_contact,
            sandbox=settings.sandbox,
            counter=self.counter,
            refunds=self.refunds,
            bulk=self.bulk,
            bulk_desk=self.bulk_desk,
            webhooks=Webhooks(engine=self.engine, addresses=self.addresses, key=self.webhook_key),
            passwords=self.passwords,
            virtual_time=virtual_time if settings.sandbox else None,
            invoice_runs=InvoiceRuns(self.engine) if settings.sandbox else None,
            printing=self.printing,
            workflow_url=self.workflow_url,
        )

    def console_parts(self, programs: ASGIApp) -> ConsoleParts:
        """Return what the door for people needs; `programs` is the other door."""
        return ConsoleParts(
            program=programs,
            database=self.database,
            clock=self.clock,
            sessions=Sessions(self.database, self.passwords, pepper=self.secrets.pepper_bytes),
            tickets=Tickets(bytes.fromhex(keyed_hash("tickets", self.secrets.pepper_bytes))),
            provider=self.provider,
            sandbox=self.settings.sandbox,
            is_secure=self.settings.base_url.startswith("https:"),
        )

    @property
    def bulk_desk(self) -> CounterDesk:
        """Where the rows of bulk jobs are handed in."""
        return CounterDesk(self.database, self.counter)

    @property
    def addresses(self) -> Addresses:
        """Where webhooks may be."""
        return Addresses(allows_private=self.settings.webhooks_private)

    @property
    def webhook_key(self) -> bytes:
        """What the secrets of webhooks are derived with."""
        return webhook_key(self.secrets.pepper_bytes)

    def workflow_url(self, subscription_id: str) -> str:
        """Return the address of a subscription's workflow in Temporal's UI."""
        workflow_id = quote(names.subscription_workflow_id(subscription_id), safe="")
        return f"{self.settings.ui_url}/namespaces/{self.settings.namespace}/workflows/{workflow_id}"

    async def readiness(self) -> Mapping[str, bool]:
        """Return whether the engine answers and a worker polls it."""
        if not await self.engine.is_reachable():
            return {"engine": False, "workers": False}
        return {"engine": True, "workers": await self._is_polled()}

    async def _is_polled(self) -> bool:
        request = DescribeTaskQueueRequest(
            namespace=self.settings.namespace,
            task_queue=TaskQueue(name=names.SUBSCRIPTIONS_QUEUE),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
        try:
            service = (await self.engine.client()).workflow_service
            answer = await service.describe_task_queue(request, timeout=CALL)
        except (EngineLost, RPCError):
            return False
        return bool(answer.pollers)


@asynccontextmanager
async def assembled(settings: Settings) -> AsyncGenerator[Product]:
    """Put the parts of a process together: tables up to date, nothing served and nothing worked on yet."""
    settings.data.mkdir(parents=True, exist_ok=True)
    secrets, provider = read_secrets(settings), provider_of(settings)
    database = Database(settings.database)
    clock = Clock()
    await prepare(database, today=clock.now().date())
    if not database.is_sqlite and not await database.is_walled():
        log.warning("second_wall_missing")
    if settings.sandbox:
        clock = Clock(shift=await prepare_sandbox(database, settings, secrets.pepper))
        await prepare_sign_ins(database, settings)
    engine = Engine(partial(connect, settings), sandbox=settings.sandbox)
    announcements = Announcements()
    handover, bulk = HandOver(database, engine, announcements), BulkJobs(database, engine)
    printing, passwords = Printing(), Passwords(database, pepper=secrets.pepper_bytes)
    try:
        async with listening_to_notices(database, announcements):
            yield Product(
                settings=settings,
                secrets=secrets,
                database=database,
                engine=engine,
                announcements=announcements,
                clock=clock,
                handover=handover,
                counter=Counter(database, engine, handover, clock),
                refunds=RefundCounter(database, engine, handover, clock),
                bulk=bulk,
                printing=printing,
                passwords=passwords,
                provider=provider,
            )
    finally:
        printing.close()
        passwords.close()
        await bulk.close()
        await handover.close()
        await database.close()


async def run_with(product: Product, front: Coroutine[None, None, None], *, works: bool) -> None:
    """Run `front` and what goes on behind it: the workers, if this process works, and catching up.

    Ends with `front`; a failure behind it ends both, so that the process is started again instead of half working.
    """
    async with AsyncExitStack() as stack:
        smtp = await _smtp(product, stack)
        before = asyncio.create_task(front)
        behind = asyncio.create_task(_behind_the_door(product, smtp, works=works))
        try:
            done, _ = await asyncio.wait({before, behind}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            before.cancel()
            behind.cancel()
            await asyncio.gather(before, behind, return_exceptions=True)
        for task in done:
            task.result()


async def _smtp(product: Product, stack: AsyncExitStack) -> SmtpSettings:
    settings = product.settings
    port = settings.smtp_port
    if port is None and settings.sandbox:
        port = await stack.enter_async_context(mail_receiver(product.database))
    return SmtpSettings(
        host=settings.smtp_host,
        port=port or SMTP_PORT,
        sender=settings.mail_from,
        user=settings.smtp_user,
        password=settings.smtp_password,
        start_tls=settings.smtp_start_tls,
    )


async def _behind_the_door(product: Product, smtp: SmtpSettings, *, works: bool) -> None:
    while not await product.engine.is_reachable():  # noqa: ASYNC110 - nothing tells when a server comes up
        await asyncio.sleep(RETRY_SECONDS)
    async with AsyncExitStack() as stack:
        if works:
            await stack.enter_async_context(_workers(product, smtp))
        await _caught_up(product)
        await asyncio.Event().wait()


@asynccontextmanager
async def _workers(product: Product, smtp: SmtpSettings) -> AsyncGenerator[None]:
    domain = product.settings.mail_domain
    agreement = Agreement(keys=product.secrets.eca, mail_domain=domain)
    client = await product.engine.client()
    wakes = partial(wake, client)
    ledger = Ledger(
        product.database,
        agreement=agreement,
        announcements=product.announcements,
        wake=wakes,
        clock_shift=product.clock.shift,
    )
    refunds = Refunds(product.database, agreement=agreement, announcements=product.announcements, wake=wakes)
    draining = Draining(product.database)
    mailing = Mailing(
        draining,
        smtp=smtp,
        links=Links(keys=product.secrets.eca, base_url=product.settings.base_url),
        mail_domain=domain,
    )
    invoicing = Invoicing(product.database, wake=wakes)
    telling = WebhookTelling(draining, addresses=product.addresses, key=product.webhook_key)
    async with working(
        client,
        ledger=ledger,
        refunds=refunds,
        mailing=mailing,
        telling=telling,
        invoicing=invoicing,
        bulk=BulkRows(product.database, product.bulk_desk),
    ):
        yield


async def _caught_up(product: Product) -> None:
    """What a process before this one had accepted or owed goes on."""
    commands = await product.counter.resume() + await product.refunds.resume()
    async with product.database.read() as connection:
        awake = await list_awake(connection)
    await wake(await product.engine.client(), awake)
    await product.bulk.resume()
    if commands or awake:
        log.info("caught_up", count=commands, pending=len(awake))
