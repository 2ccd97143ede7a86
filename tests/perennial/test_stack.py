"""A whole stack on the real engine: up, killed, up again on the same data, ended."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path

import httpx2
import psutil
import pytest
from temporalio.client import Client, WorkflowExecutionStatus

import support_real_stack
from counts import ran_on
from perennial.ports import free_ports
from support_stack import Stack
from support_waiting import eventually, lives

Up = Callable[[], Stack]


@pytest.fixture
def ports() -> list[int]:
    return free_ports(3)


@pytest.fixture
def up(tmp_path: Path, ports: list[int]) -> Iterator[Up]:
    stacks: list[Stack] = []

    def up() -> Stack:
        data, output = tmp_path / "data", tmp_path / "output.txt"
        command = (sys.executable, support_real_stack.__file__, str(data), *map(str, ports))
        with output.open("w") as file:
            process = subprocess.Popen(command, stdout=file, stderr=file, text=True, start_new_session=True)
        stacks.append(Stack(process, data, output))
        stacks[-1].wait_for("all is ready")
        return stacks[-1]

    yield up
    for stack in stacks:
        stack.end()


async def test_a_stack_killed_whole_goes_on_where_it_was(
    up: Up, ports: list[int], request: pytest.FixtureRequest
) -> None:
    ran_on(request, "the engine")
    killed = up()
    children = [child.pid for child in psutil.Process(killed.process.pid).children()]
    client = await Client.connect(f"127.0.0.1:{ports[0]}", namespace="perennial-sandbox")
    await client.start_workflow("Waiting", id="subscription/one", task_queue="nobody")
    killed.process.kill()
    killed.process.wait()
    eventually(lambda: not any(lives(pid) for pid in children))

    again = up()
    client = await Client.connect(f"127.0.0.1:{ports[0]}", namespace="perennial-sandbox")
    found = await client.get_workflow_handle("subscription/one").describe()
    assert found.status is WorkflowExecutionStatus.RUNNING
    again.process.send_signal(signal.SIGINT)
    assert again.process.wait(30) == 0


def test_temporals_ui_is_up_with_the_stack_and_shows_its_namespace(
    up: Up, ports: list[int], request: pytest.FixtureRequest
) -> None:
    ran_on(request, "the engine")
    stack = up()
    page = httpx2.get(f"http://127.0.0.1:{ports[1]}/")
    assert page.status_code == HTTPStatus.OK
    namespaces = httpx2.get(f"http://127.0.0.1:{ports[1]}/api/v1/namespaces").json()["namespaces"]
    assert "perennial-sandbox" in {entry["namespaceInfo"]["name"] for entry in namespaces}
    stack.process.terminate()
    assert stack.process.wait(30) == 0
