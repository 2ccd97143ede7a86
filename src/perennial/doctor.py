"""`perennial doctor`: looks at everything that the product needs, and says what to do about what is not there."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy.exc import DBAPIError
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from perennial.bootstrap import answers, is_bootstrapped
from perennial.engine_client import connect
from perennial.oidc import OidcIncomplete, provider_of
from perennial.ports import is_free
from perennial.secrets import FILE, SecretMissing, read_secrets
from perennial.seeding import KEYS_FILE
from perennial.settings import Settings
from perennial.shell.places import profile_file
from perennial.up import is_ready
from storage.database import Database
from storage.migrations import is_current
from workflows import names

OK, WARN, FAIL = "ok", "warn", "fail"
_STYLES = {OK: "green", WARN: "yellow", FAIL: "bold red"}
_QUEUES = (names.SUBSCRIPTIONS_QUEUE, names.DELIVERIES_QUEUE, names.INVOICING_QUEUE)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, and what helps."""

    check: str
    state: str
    found: str
    hint: str = ""


def run_doctor(*, as_json: bool) -> int:
    """Print the findings; return 1 when something fails, else 0."""
    findings = asyncio.run(_findings())
    if as_json:
        typer.echo(json.dumps({"checks": [asdict(finding) for finding in findings]}, ensure_ascii=False))
    else:
        table = Table("check", "", "found", "hint")
        for finding in findings:
            state = Text(finding.state, style=_STYLES[finding.state])
            table.add_row(finding.check, state, Text(finding.found), Text(finding.hint))
        Console(highlight=False).print(table)
    return int(any(finding.state == FAIL for finding in findings))


async def _findings() -> list[Finding]:
    try:
        settings = _settings()
    except ValidationError as error:
        wrong = ", ".join(f"PERENNIAL_{str(one['loc'][0]).upper()}: {one['msg']}" for one in error.errors())
        return [Finding("settings", FAIL, wrong, "correct them; src/perennial/settings.py lists all")]
    serves = await is_ready(settings)
    findings = [_of_settings(settings), *_of_ports(settings, serves=serves), await _of_database(settings)]
    findings += [finding async for finding in _of_engine(settings)]
    return [*findings, *_of_files(settings), *_of_programs(settings)]


def _settings() -> Settings:
    """Without a database of its own, this is the machine of a sandbox."""
    given = Settings()
    return given if given.sandbox or given.database_url is not None else Settings(sandbox=True)


def _of_settings(settings: Settings) -> Finding:
    if settings.sandbox:
        return Finding("settings", OK, f"a sandbox, with its data in {settings.data}")
    try:
        read_secrets(settings)
        provider_of(settings)
    except SecretMissing as missing:
        return Finding("settings", FAIL, "a secret is missing", str(missing))
    except OidcIncomplete as incomplete:
        return Finding("settings", FAIL, "the provider of identities is not set up", str(incomplete))
    return Finding("settings", OK, "production")


def _of_ports(settings: Settings, *, serves: bool) -> Iterator[Finding]:
    check = f"port {settings.port}"
    if serves:
        yield Finding(check, OK, "the product serves here and is ready")
    elif is_free(settings.port):
        yield Finding(check, WARN, "free: the product does not run", "perennial up, or perennial serve")
    else:
        yield Finding(check, FAIL, "taken, by something that is not ready", "free it, or set PERENNIAL_PORT")


async def _of_database(settings: Settings) -> Finding:
    file = settings.data / "perennial.db"
    if settings.database_url is None and not file.exists():
        return Finding("database", WARN, f"{file} is not there yet", "perennial up makes it")
    database = Database(settings.database)
    try:
        if await is_current(database):
            return Finding("database", OK, "answers, with the tables of this release")
        return Finding("database", FAIL, "its tables are not those of this release", "perennial migrate")
    except (DBAPIError, OSError):
        return Finding("database", FAIL, "it does not answer", "start it, or correct PERENNIAL_DATABASE_URL")
    finally:
        await database.close()


async def _of_engine(settings: Settings) -> AsyncIterator[Finding]:
    if not await answers(settings.engine_address):
        state = WARN if settings.sandbox and settings.temporal_address is None else FAIL
        hint = "perennial up, or PERENNIAL_TEMPORAL_ADDRESS"
        yield Finding("engine", state, f"nothing answers at {settings.engine_address}", hint)
        return
    try:
        client = await connect(settings)
        is_prepared = await is_bootstrapped(client)
    except (RPCError, RuntimeError) as error:
        yield Finding("engine", FAIL, f"{settings.engine_address} is no engine: {error}", "PERENNIAL_TEMPORAL_PORT")
        return
    if not is_prepared:
        found = f"namespace {settings.namespace} or its search attributes are missing"
        yield Finding("engine", FAIL, found, "perennial migrate")
        return
    yield Finding("engine", OK, f"{settings.engine_address}, namespace {settings.namespace}, search attributes")
    for queue in _QUEUES:
        yield await _of_queue(client, queue)


async def _of_queue(client: Client, queue: str) -> Finding:
    kinds = (TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY)
    pollers = 0
    for kind in kinds:
        request = DescribeTaskQueueRequest(
            namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
        )
        pollers += len((await client.workflow_service.describe_task_queue(request)).pollers)
    if pollers:
        return Finding(f"workers of {queue}", OK, f"{pollers} pollers")
    return Finding(f"workers of {queue}", FAIL, "nobody works", "perennial worker, or perennial serve --with-worker")


def _of_files(settings: Settings) -> Iterator[Finding]:
    for file in (settings.data / KEYS_FILE, settings.data / FILE, profile_file()):
        if file.exists():
            yield _of_file(file)


def _of_file(file: Path) -> Finding:
    mode = file.stat().st_mode & 0o777
    if mode & 0o077:
        return Finding(str(file), FAIL, f"mode {mode:o}: others may read it", f"chmod 600 {file}")
    return Finding(str(file), OK, f"mode {mode:o}")


def _of_programs(settings: Settings) -> Iterator[Finding]:
    needed = settings.sandbox and settings.temporal_address is None
    engine = next((name for name in ("temporal", "temporal-server", "go") if shutil.which(name)), None)
    if engine is not None:
        yield Finding("engine's programs", OK, shutil.which(engine) or engine)
    elif needed:
        yield Finding("engine's programs", WARN, "neither temporal nor go", "Go 1.26 builds the engine, once")
    postgres = shutil.which("postgres") or next(Path("/usr/lib/postgresql").glob("*/bin/postgres"), None)
    if postgres is None:
        yield Finding("PostgreSQL", WARN, "no server programs", "for the tests: apt-get install postgresql")
    else:
        yield Finding("PostgreSQL", OK, str(postgres))
