"""The real product in processes of its own: an engine, `perennial serve` and `perennial worker`, apart or as one."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Protocol

import httpx2
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from perennial.engine_alone import LoneEngine, start_engine
from perennial.ports import free_ports
from perennial.seeding import KEYS_FILE
from perennial.sign_ins import SIGN_INS_FILE
from perennial.tether import tethered
from support_contract import hold
from support_waiting import eventually
from workflows import names

Json = dict[str, Any]
LINK = re.compile(r"/eca/[A-Za-z0-9_-]{43}")


@dataclass
class Running:
    """A stack of this test run: its parts may be stopped, killed and started again one by one."""

    data: Path
    database_url: str
    engine: LoneEngine
    port: int
    smtp_port: int | None = None
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict[str, "subprocess.Popen[bytes]"])
    commands: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *command: str) -> None:
        """Start one of the product's processes: `serve --with-worker`, `serve` or `worker`."""
        name = command[0]
        self.commands[name] = command
        with (self.data / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                tethered((sys.executable, "-m", "perennial", *command)),
                env={**os.environ, **self.environment()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def environment(self) -> dict[str, str]:
        """The settings of every process of this stack."""
        return {
            "PERENNIAL_SANDBOX": "true",
            "PERENNIAL_DATA": str(self.data),
            "PERENNIAL_DATABASE_URL": self.database_url,
            "PERENNIAL_PORT": str(self.port),
            "PERENNIAL_TEMPORAL_ADDRESS": self.engine.address,
            "PERENNIAL_RATE_LIMIT_PER_SECOND": "1000",
            **({} if self.smtp_port is None else {"PERENNIAL_SMTP_PORT": str(self.smtp_port)}),
            **self.settings,
        }

    def wait_until_ready(self) -> None:
        """Wait until `/readyz` says so."""
        eventually(lambda: self.readyz() == 200, within=240)

    def readyz(self) -> int:
        """The status of `/readyz`, 0 when nothing listens."""
        try:
            return httpx2.get(f"{self.base_url}/readyz", timeout=5).status_code
        except httpx2.HTTPError:
            return 0

    def run(self, *commands: tuple[str, ...]) -> None:
        """Let the engine and just these processes run, starting what does not; wait until all is ready."""
        if self.engine.process.poll() is not None:
            asyncio.run(self.engine.start_again())
        for name, process in list(self.processes.items()):
            if process.poll() is not None or self.commands[name] not in commands:
                self.kill9(name)
        for command in commands:
            if command[0] not in self.processes:
                self.start(*command)
        self.wait_until_ready()
        works = "worker" if "worker" in self.processes else "serve"
        eventually(lambda: asyncio.run(self._is_polled_by(self.processes[works].pid)), within=240)

    async def _is_polled_by(self, pid: int) -> bool:
        """Whether this process works: the engine remembers a dead one for minutes."""
        client = await Client.connect(self.engine.address, namespace=self.engine.namespace)
        queue = TaskQueue(name=names.SUBSCRIPTIONS_QUEUE)
        request = DescribeTaskQueueRequest(
            namespace=client.namespace, task_queue=queue, task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW
        )
        answer = await client.workflow_service.describe_task_queue(request)
        return any(poller.identity.startswith(f"{pid}@") for poller in answer.pollers)

    def freeze(self, name: str) -> None:
        """Stop a process, or the engine, where it is, as a machine that is out of memory would."""
        self._process(name).send_signal(signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """Let a frozen process go on."""
        self._process(name).send_signal(signal.SIGCONT)

    def _process(self, name: str) -> subprocess.Popen[bytes]:
        return self.engine.process if name == "engine" else self.processes[name]

    def kill9(self, name: str) -> None:
        """End a process by SIGKILL."""
        self.processes[name].kill()
        self.processes.pop(name).wait()

    def log(self, name: str) -> str:
        """What a process has logged."""
        return (self.data / f"{name}.log").read_text(errors="replace")

    def end(self) -> None:
        """End everything."""
        for name in list(self.processes):
            self.kill9(name)
        self.engine.kill9()

    def seat(self, kind: str = "distributor") -> Seat:
        """A client with the sandbox's key of this kind."""
        return Seat(self, self.key(kind))

    def key(self, kind: str = "distributor") -> str:
        """The sandbox's key of this kind."""
        keys: dict[str, str] = json.loads((self.data / KEYS_FILE).read_text())
        return keys[kind]

    def passwords(self) -> dict[str, str]:
        """The passwords of the sandbox's users, by their addresses."""
        found: dict[str, str] = json.loads((self.data / SIGN_INS_FILE).read_text())
        return found


def start_running(
    data: Path, database_url: str, *commands: Sequence[str], settings: Mapping[str, str] | None = None
) -> Running:
    """Start an engine and the product on `data`; `serve --with-worker` unless told else.

    Call it from the main thread.
    """
    data.mkdir(parents=True, exist_ok=True)
    engine = asyncio.run(start_engine(data / "engine"))
    (port,) = free_ports(1)
    running = Running(data, database_url, engine, port, settings=settings or {})
    try:
        for command in commands or (("serve", "--with-worker"),):
            running.start(*command)
        running.wait_until_ready()
    except BaseException:
        running.end()
        raise
    return running


class Door(Protocol):
    """Where a product listens."""

    @property
    def base_url(self) -> str: ...


def customer_body(**changes: Any) -> Json:
    """A customer whose name nobody else has."""
    return {
        "company_name": f"Company {uuid.uuid4().hex}",
        "contact_name": "Ann Example",
        "contact_email": "ann@company.example",
        "address_line1": "1 Example Street",
        "city": "Chicago",
        "state_province": "IL",
        "postal_code": "60601",
        "country": "US",
        **changes,
    }


def purchase_body(customer_id: str, **changes: Any) -> Json:
    """A purchase without agreement."""
    return {
        "customer_id": customer_id,
        "offering": "dv-automation",
        "term_months": 12,
        "clm_tier": "professional",
        "inventory": [{"product": "tls-dv-single", "quantity": 5}],
        "renewal_mode": "auto",
        **changes,
    }


class Seat:
    """A partner's program at the door of a running product."""

    def __init__(self, running: Door, key: str) -> None:
        self.running = running
        self.http = _client(running, headers={"Authorization": f"Bearer {key}"})

    def get(self, path: str, **query: Any) -> Json:
        answer = self.http.get(path, params=query)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    def post(self, path: str, body: object = None, *, key: str | None = None, **query: Any) -> httpx2.Response:
        """A change, under a fresh idempotency key unless one is given."""
        return self.http.post(path, json=body, params=query, headers={"Idempotency-Key": key or uuid.uuid4().hex})

    def put(self, path: str, body: object, *, key: str | None = None, **query: Any) -> httpx2.Response:
        """A change, under an idempotency key only if one is given."""
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.http.put(path, json=body, params=query, headers=headers)

    def patch(self, path: str, body: object, **headers: str) -> httpx2.Response:
        return self.http.patch(path, json=body, headers=headers)

    def add(self, subscription_id: str, product: str, quantity: int, **members: Any) -> httpx2.Response:
        """Add certificates for use now."""
        body = {"add": [{"product": product, "quantity": quantity}], **members}
        return self.post(f"/v1/subscriptions/{subscription_id}/inventory", body)

    def set_mode(self, subscription_id: str, mode: str) -> httpx2.Response:
        return self.put(f"/v1/subscriptions/{subscription_id}/renewal-mode", {"renewal_mode": mode})

    def set_renewal(self, subscription_id: str, lines: dict[str, int] | None, **members: Any) -> httpx2.Response:
        """Replace what renews; None follows the inventory again."""
        counts = None if lines is None else [{"product": name, "quantity": count} for name, count in lines.items()]
        return self.put(f"/v1/subscriptions/{subscription_id}/renewal-inventory", {"lines": counts, **members})

    def command(self, subscription_id: str, name: str, **members: Any) -> httpx2.Response:
        """Suspend, enable, cancel, or `eca/resend`."""
        return self.post(f"/v1/subscriptions/{subscription_id}/{name}", members)

    def done(self, answer: httpx2.Response, status: int = 200) -> Json:
        """The body of an answer that must have this status."""
        assert answer.status_code == status, answer.text
        found: Json = answer.json()
        return found

    def new_customer(self, **changes: Any) -> Json:
        """A customer that nobody else uses."""
        return self.done(self.post("/v1/customers", customer_body(**changes)), 201)

    def purchase_body(self, **changes: Any) -> Json:
        """A purchase without agreement; of a new customer unless one is given."""
        of_whom = {} if "customer_id" in changes else {"customer_id": self.new_customer()["id"]}
        return purchase_body(**of_whom, **changes)

    def bought(self, **changes: Any) -> Json:
        """A subscription."""
        return self.done(self.post("/v1/subscriptions", self.purchase_body(**changes)), 201)

    def subscription(self, subscription_id: str) -> Json:
        """A subscription without the mails that are on their way, which go out by themselves."""
        found = self.get(f"/v1/subscriptions/{subscription_id}")
        return {name: value for name, value in found.items() if name != "pending_tellings"}

    def advance(self, subscription_id: str, to: date | str) -> Json:
        """Move a subscription's clock to a day, and return it."""
        body = {"subscription_ids": [subscription_id], "to": str(to)}
        moved = self.done(self.http.post("/v1/sandbox/advance", json=body))
        assert [place["id"] for place in moved["subscriptions"]] == [subscription_id]
        return self.subscription(subscription_id)

    def advance_all(self, subscription_ids: Sequence[str], to: date | str) -> None:
        """Move several subscriptions' clocks to a day, at once."""
        body = {"subscription_ids": list(subscription_ids), "to": str(to)}
        self.done(self.http.post("/v1/sandbox/advance", json=body))

    def advance_days(self, subscription_id: str, days: int) -> Json:
        today = date.fromisoformat(self.subscription(subscription_id)["today"])
        return self.advance(subscription_id, today + timedelta(days=days))

    def mails(self, subscription_id: str, **query: Any) -> list[Json]:
        """The mails about a subscription, newest first."""
        found: list[Json] = self.get("/v1/sandbox/mailbox", subscription_id=subscription_id, limit=200, **query)["data"]
        return found

    def eca_link(self, subscription_id: str) -> str:
        """The path in the last mail to the acceptor."""
        mail = eventually(lambda: self.mails(subscription_id, kind="eca_request"))[0]
        found = LINK.search(mail["text"])
        assert found is not None
        return found[0]

    def accept_eca(self, subscription_id: str, **changes: Any) -> httpx2.Response:
        """The acceptor accepts, by the last mail's link."""
        body = {"name": "Jo Counsel", "job_title": "General Counsel", "may_bind": True, **changes}
        return self.public().post(f"{self.eca_link(subscription_id)}/accept", json=body)

    def decline_eca(self, subscription_id: str, **body: Any) -> httpx2.Response:
        return self.public().post(f"{self.eca_link(subscription_id)}/decline", json=body)

    def public(self) -> httpx2.Client:
        """A client without a key."""
        return _client(self.running)

    def timeline(self, subscription_id: str) -> list[Json]:
        """The whole timeline, oldest first."""
        entries: list[Json] = []
        cursor: str | None = None
        while True:
            query = {"limit": 200} | ({} if cursor is None else {"cursor": cursor})
            page = self.get(f"/v1/subscriptions/{subscription_id}/timeline", **query)
            entries += page["data"]
            cursor = page["next_cursor"]
            if cursor is None:
                return entries[::-1]

    def versions(self, subscription_id: str) -> list[int]:
        """The numbers of the events, oldest first."""
        return [entry["version"] for entry in self.timeline(subscription_id) if entry["version"] is not None]

    def transactions(self, subscription_id: str, **query: Any) -> list[Json]:
        """The transactions of a subscription, oldest first."""
        found: list[Json] = self.get("/v1/transactions", subscription_id=subscription_id, limit=200, **query)["data"]
        return found[::-1]

    def refund(self, transaction: Json, quantity: int, **changes: Any) -> httpx2.Response:
        """Refund so many certificates of a transaction's first line."""
        line = {"transaction_line_id": transaction["lines"][0]["id"], "quantity": quantity}
        return self.post("/v1/refunds", {"lines": [line], **changes})


def _client(running: Door, *, headers: Mapping[str, str] | None = None) -> httpx2.Client:
    # Loopback without TLS: reading the machine's certificates for each client would cost more than its requests.
    without_certificates = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx2.Client(
        base_url=running.base_url,
        headers=headers,
        timeout=httpx2.Timeout(120),
        verify=without_certificates,
        event_hooks={"response": [hold]},
    )
