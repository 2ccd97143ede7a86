"""How an engine is found, and a real one: started, prepared, killed, started again."""

from __future__ import annotations

import shutil
import signal
import stat
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest
from temporalio.client import Client, WorkflowExecutionStatus

from counts import ran_on
from perennial.bootstrap import SEARCH_ATTRIBUTES, EngineNotUsable, bootstrap, is_bootstrapped
from perennial.engine import EnginePlan, NoEngine, NotThisWay, PassedOver, at_address, by_command, ensure_engine
from perennial.engine_alone import LoneEngine, start_engine
from perennial.engine_config import EngineSettings
from perennial.ports import free_ports

NAMESPACE = "perennial-sandbox"


@pytest.fixture(scope="session")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LoneEngine]:
    engine = await start_engine(tmp_path_factory.mktemp("engine"))
    yield engine
    engine.stop()


@pytest.fixture(autouse=True)
def _on_the_engine(request: pytest.FixtureRequest) -> None:
    if "engine" in request.fixturenames:
        ran_on(request, "the engine")


def settings(data: Path, *, address: str | None = None, namespace: str = NAMESPACE) -> EngineSettings:
    port, ui_port = free_ports(2)
    return EngineSettings(data, port, ui_port, address, namespace, sandbox=True)


def silent(_line: str) -> None:
    """Say nothing."""


async def no_way(_settings: EngineSettings, _say: object) -> EnginePlan:
    raise NotThisWay("it is closed")


async def some_way(settings: EngineSettings, _say: object) -> EnginePlan:
    return EnginePlan("127.0.0.1:1", settings.namespace, "some server", children=(), ui_port=None)


async def test_the_first_way_that_leads_to_a_server_is_taken_and_those_before_it_are_remembered(tmp_path: Path) -> None:
    ways = (("a closed way", no_way), ("an open way", some_way), ("another", no_way))
    plan = await ensure_engine(settings(tmp_path), silent, ways=ways)
    assert plan.found == "some server"
    assert plan.passed_over == (PassedOver("a closed way", "it is closed"),)


async def test_when_no_way_leads_anywhere_one_error_names_each_and_why(tmp_path: Path) -> None:
    with pytest.raises(NoEngine) as refused:
        await ensure_engine(settings(tmp_path), silent, ways=(("the first", no_way), ("the second", no_way)))
    assert "- the first: it is closed\n- the second: it is closed" in str(refused.value)


async def test_an_address_where_nothing_answers_is_passed_over_and_that_is_said(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    said: list[str] = []
    with pytest.raises(NotThisWay, match=f"nothing answers at 127.0.0.1:{port}"):
        await at_address(settings(tmp_path, address=f"127.0.0.1:{port}"), said.append)
    assert "PERENNIAL_TEMPORAL_ADDRESS" in said[0]


async def test_a_running_server_is_prepared_and_used_as_it_is(engine: LoneEngine, tmp_path: Path) -> None:
    plan = await at_address(settings(tmp_path, address=engine.address), silent)
    assert plan.address == engine.address
    assert plan.children == ()


async def test_a_server_that_cannot_skip_time_is_passed_over_with_that_reason(
    engine: LoneEngine, tmp_path: Path
) -> None:
    elsewhere = settings(tmp_path, address=engine.address, namespace="perennial")
    with pytest.raises(NotThisWay, match="cannot skip time in the namespace perennial"):
        await at_address(elsewhere, silent)


async def test_a_command_that_does_not_run_is_passed_over_with_its_words(tmp_path: Path) -> None:
    with pytest.raises(NotThisWay, match="unknown command start-dev"):
        await by_command(settings(tmp_path), program(tmp_path, "echo unknown command start-dev >&2; exit 1"))


async def test_a_command_that_runs_a_fit_server_is_taken(engine: LoneEngine, tmp_path: Path) -> None:
    """A stand-in for Temporal's command: it reads the port from start-dev's command line and runs the built server."""
    wanted = settings(tmp_path / "data")
    plan = await by_command(wanted, start_dev(tmp_path, engine))
    (child,) = plan.children
    assert plan.address == f"127.0.0.1:{wanted.port}"
    assert child.ports == {"PERENNIAL_TEMPORAL_PORT": wanted.port, "PERENNIAL_TEMPORAL_UI_PORT": wanted.ui_port}
    assert str(wanted.database) in child.command


async def test_the_bootstrap_makes_the_search_attributes_and_may_be_repeated(engine: LoneEngine) -> None:
    client = await Client.connect(engine.address, namespace=engine.namespace)
    for _ in range(2):
        await bootstrap(engine.address, namespace=engine.namespace, virtual_time=True)
    assert await is_bootstrapped(client)
    assert set(SEARCH_ATTRIBUTES) >= {"SubscriptionStatus", "NextEventAt", "Attention"}


async def test_the_bootstrap_gives_up_where_nothing_answers() -> None:
    (port,) = free_ports(1)
    with pytest.raises(EngineNotUsable, match=str(port)):
        await bootstrap(f"127.0.0.1:{port}", namespace=NAMESPACE, virtual_time=True, patience=0.1)


@pytest.mark.parametrize("end", ["stop", "kill9"])
async def test_an_engine_goes_on_where_it_was(tmp_path: Path, request: pytest.FixtureRequest, end: str) -> None:
    ran_on(request, "the engine")
    engine = await start_engine(tmp_path)
    client = await Client.connect(engine.address, namespace=engine.namespace)
    await client.start_workflow("Waiting", id="subscription/one", task_queue="nobody")
    if end == "stop":
        engine.stop()
    else:
        engine.kill9()
    await engine.start_again()
    found = await client.get_workflow_handle("subscription/one").describe()
    assert found.status is WorkflowExecutionStatus.RUNNING
    engine.stop()


async def test_an_engine_on_other_inner_ports_hands_out_tasks_at_once(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The next stack on the same data chooses its inner ports anew; the engine must not look for the old ones."""
    ran_on(request, "the engine")
    first = await start_engine(tmp_path)
    first.kill9()
    config = first.settings.folder / "server.yaml"
    before = inner_ports(config.read_text())
    await first.start_again()
    assert inner_ports(config.read_text()) != before
    assert first.process.poll() is None
    first.stop()
    assert first.process.returncode in {0, -signal.SIGKILL}


def program(folder: Path, shell: str) -> Path:
    path = folder / "temporal"
    path.write_text(f"#!/bin/sh\n{shell}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def start_dev(folder: Path, engine: LoneEngine) -> Path:
    config = folder / "config"
    shutil.copytree(engine.settings.folder, config, ignore=shutil.ignore_patterns("*.db*", "*.log"))
    template = (config / "server.yaml").read_text()
    for inner, port in zip(inner_ports(template), free_ports(7), strict=True):
        template = template.replace(inner, str(port))
    template = template.replace(str(engine.settings.port), "@PORT@").replace(
        str(engine.settings.database), str(folder / "trial.db")
    )
    (config / "server.yaml").write_text(template)
    server = engine.child.command[0]
    read_port = 'while [ "$1" != --port ]; do shift; done; port=$2; '
    fill = f"sed s/@PORT@/$port/ {config}/server.yaml > {config}/filled.yaml; "
    return program(folder, f"{read_port}{fill}exec {server} --config-file {config}/filled.yaml --allow-no-auth start")


def inner_ports(config: str) -> list[str]:
    words = config.replace("{", " ").replace("}", " ").replace(",", " ").split()
    found = [word for before, word in pairwise(words) if before in {"grpcPort:", "membershipPort:"}]
    return found[1:]
