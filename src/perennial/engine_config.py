"""Knows how a Temporal server and its UI are run as children of a stack: their files, ports and command lines."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from string import Template

from perennial.bootstrap import EngineNotUsable, answers, bootstrap
from perennial.children import Child
from perennial.engine_build import ENGINE, SERVER, UI
from perennial.ports import LOOPBACK, free_ports

INNER_PORTS = (
    "frontend_membership",
    "matching",
    "matching_membership",
    "history",
    "history_membership",
    "worker",
    "worker_membership",
)
PORT_SETTING = "PERENNIAL_TEMPORAL_PORT"
UI_PORT_SETTING = "PERENNIAL_TEMPORAL_UI_PORT"
# Fewer collections by the engine's runtime: 1.28 times the purchases on the same machine, for some memory.
RUNTIME = {"GOGC": "400"}


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """What is asked of the engine: where its data lives, its ports, its namespace, whether time can be skipped there.

    `address` (host:port) names a server that runs already. `durable` may be off in tests only: the last commits are
    then lost with the machine's power, not with a process.
    """

    data: Path
    port: int
    ui_port: int
    address: str | None
    namespace: str
    sandbox: bool
    durable: bool = True

    @property
    def folder(self) -> Path:
        """The engine's part of the data folder."""
        return self.data.resolve() / "temporal"

    @property
    def database(self) -> Path:
        """The engine's SQLite file, the same whichever server runs."""
        return self.folder / "temporal.db"

    @property
    def own_address(self) -> str:
        """The address of a server that this stack runs itself."""
        return f"{LOOPBACK}:{self.port}"


def built_server(settings: EngineSettings, *, programs: Path, source: Path = ENGINE.source) -> Child:
    """The server of a built engine, which writes its files into the data folder before each start."""
    config = settings.folder / "server.yaml"
    server = _server(settings, (str(programs / SERVER), "--config-file", str(config), "--allow-no-auth", "start"))
    return replace(server, prepare=partial(_configure, settings, config, source))


def _configure(settings: EngineSettings, config: Path, source: Path) -> None:
    """Write the server's files, with other inner ports each time: one that was taken since the choice costs a start."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    _forget_members(settings.database)
    dynamic = settings.folder / "dynamic.yaml"
    dynamic.write_text(_dynamic(settings, source), encoding="utf-8")
    values = {
        "frontend": settings.port,
        **dict(zip(INNER_PORTS, free_ports(len(INNER_PORTS)), strict=True)),
        "database": json.dumps(str(settings.database)),
        "dynamic_config": json.dumps(str(dynamic)),
        "synchronous": 2 if settings.durable else 1,
    }
    config.write_text(_filled(source / "server.yaml", values), encoding="utf-8")


def built_ui(settings: EngineSettings, *, programs: Path, source: Path = ENGINE.source) -> Child:
    """Temporal's UI of a built engine; writes its file into the data folder."""
    folder = settings.folder / "ui"
    folder.mkdir(parents=True, exist_ok=True)
    values = {"frontend": settings.port, "port": settings.ui_port, "namespace": json.dumps(settings.namespace)}
    (folder / "embedded.yaml").write_text(_filled(source / "ui.yaml", values), encoding="utf-8")
    command = (str(programs / UI), "--root", str(folder.parent), "--config", folder.name, "--env", "embedded", "start")
    return Child(name="temporal-ui", command=command, ports={UI_PORT_SETTING: settings.ui_port}, ends_within=3)


def command_server(settings: EngineSettings, *, temporal: Path) -> Child:
    """The server, with its UI, of the `temporal` command."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    more = ("--ui-port", str(settings.ui_port), "--db-filename", str(settings.database))
    server = _server(settings, (*start_dev(settings, temporal=temporal), *more))
    return replace(server, ports={**server.ports, UI_PORT_SETTING: settings.ui_port})


def start_dev(settings: EngineSettings, *, temporal: Path) -> tuple[str, ...]:
    """The command line of `temporal` that runs a server in memory, unless more is said."""
    flags = {
        "frontend.WorkflowTimeSkippingEnabled": "true" if settings.sandbox else "false",
        "history.timerProcessorMaxTimeShift": '"20ms"',
        "history.timerProcessorMaxPollRPS": "200",
        "history.workflowIdReuseMinimalInterval": '"0s"',
    }
    dynamic = (part for name, value in flags.items() for part in ("--dynamic-config-value", f"{name}={value}"))
    return (
        *(str(temporal), "server", "start-dev", "--log-level", "warn"),
        *("--ip", LOOPBACK, "--port", str(settings.port)),
        *dynamic,
    )


def _server(settings: EngineSettings, command: tuple[str, ...]) -> Child:
    return Child(
        name="temporal",
        command=command,
        environment=RUNTIME,
        ports={PORT_SETTING: settings.port},
        ready=partial(is_ready, settings),
    )


async def is_ready(settings: EngineSettings) -> bool:
    """Whether the stack's own server is ready for the product; makes it so when it answers."""
    if not await answers(settings.own_address):
        return False
    try:
        await bootstrap(settings.own_address, namespace=settings.namespace, virtual_time=settings.sandbox, patience=0)
    except EngineNotUsable:
        return False
    return True


def _dynamic(settings: EngineSettings, source: Path) -> str:
    text = (source / "dynamic.yaml").read_text(encoding="utf-8")
    if not settings.sandbox:
        return text
    return text + _filled(source / "dynamic-sandbox.yaml", {"namespace": json.dumps(settings.namespace)})


def _filled(template: Path, values: Mapping[str, object]) -> str:
    return Template(template.read_text(encoding="utf-8")).substitute(values)


def _forget_members(database: Path) -> None:
    """Make the engine forget its own last run.

    It keeps a list of its processes in the database, and after a restart on other inner ports it would look for those
    of the last run, for 50 seconds, before it hands out a task.
    """
    if database.exists():
        with closing(sqlite3.connect(database)) as connection, suppress(sqlite3.OperationalError), connection:
            connection.execute("DELETE FROM cluster_membership")
