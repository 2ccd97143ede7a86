"""The supervisor, as a process of its own over stand-in children, signalled and killed for real."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from perennial.ports import free_ports
from support_stack import Stack, StandIn, gone, start_stack
from support_waiting import eventually, lives

Start = Callable[..., Stack]
LISTENS = "exec {python} -c \"import socket, time; s = socket.create_server(('127.0.0.1', {port})); time.sleep(1000)\""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    stacks: list[Stack] = []

    def start(*children: StandIn, below: tuple[str, ...] = ()) -> Stack:
        stacks.append(start_stack(tmp_path / "data", children, below=below))
        return stacks[-1]

    yield start
    for stack in stacks:
        stack.end()


def listening(port: int) -> StandIn:
    return {"name": "door", "shell": LISTENS.format(python=sys.executable, port=port), "port": port}


def below_make(tmp_path: Path) -> tuple[str, ...]:
    makefile = tmp_path / "Makefile"
    makefile.write_text("up:\n\t@$(COMMAND)\n")
    return ("sh", "-c", f'exec make -f {makefile} up COMMAND="$*"', "sh")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_signal_to_the_supervisor_ends_every_child_and_it_ends_well(start: Start, number: signal.Signals) -> None:
    stack = start({"name": "engine"}, {"name": "product"})
    stack.wait_for("all is ready")
    pids = [stack.pid("engine"), stack.pid("product")]
    stack.process.send_signal(number)
    assert stack.process.wait(30) == 0
    assert gone(pids)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_signal_to_the_whole_process_group_ends_it_as_well(start: Start, number: signal.Signals) -> None:
    stack = start({"name": "engine"}, {"name": "product"})
    stack.wait_for("all is ready")
    pids = [stack.pid("engine"), stack.pid("product")]
    os.killpg(stack.process.pid, number)
    assert stack.process.wait(30) == 0
    assert gone(pids)
    assert "starting it again" not in stack.said()


def test_children_end_in_the_opposite_order(start: Start, tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    notes = "trap 'echo {name} >> {file}; exit 0' TERM; echo armed; sleep 1000 & wait"
    first: StandIn = {"name": "engine", "shell": notes.format(name="engine", file=ended)}
    second: StandIn = {"name": "product", "shell": notes.format(name="product", file=ended)}
    stack = start(first, second)
    stack.wait_for("all is ready")
    eventually(lambda: all("armed" in stack.log(name) for name in ("engine", "product")))
    stack.process.terminate()
    stack.process.wait(30)
    assert ended.read_text().split() == ["product", "engine"]


def test_a_child_starts_only_when_the_one_before_is_ready(start: Start, tmp_path: Path) -> None:
    sign = tmp_path / "engine-is-ready"
    stack = start({"name": "engine", "ready_file": str(sign)}, {"name": "product"})
    stack.pid("engine")
    assert stack.pids("product") == []
    sign.touch()
    stack.wait_for("all is ready")
    assert stack.pid("product")


def test_a_child_that_does_not_get_ready_ends_the_stack_with_its_last_words(start: Start, tmp_path: Path) -> None:
    never = str(tmp_path / "never")
    shell = "echo no such disk; exec sleep 1000"
    stack = start({"name": "engine", "shell": shell, "ready_file": never, "ready_within": 0.5}, {"name": "product"})
    assert stack.process.wait(30) == 1
    assert "engine did not become ready within 0.5 s" in stack.said()
    assert "no such disk" in stack.said()
    assert gone(stack.pids("engine"))


def test_after_sigkill_of_the_supervisor_its_children_die_and_the_next_stack_works_at_once(start: Start) -> None:
    (port,) = free_ports(1)
    killed = start({"name": "engine"}, listening(port))
    killed.wait_for("all is ready")
    pids = [killed.pid("engine"), killed.pid("door")]
    eventually(lambda: accepts(port))
    killed.process.kill()
    killed.process.wait()
    again = start({"name": "engine"}, listening(port))
    again.wait_for("all is ready")
    eventually(lambda: gone(pids))
    eventually(lambda: accepts(port))


def test_a_child_that_dies_is_started_again_and_that_is_said(start: Start) -> None:
    stack = start({"name": "engine"}, {"name": "product"})
    stack.wait_for("all is ready")
    first = stack.pid("product")
    os.kill(first, signal.SIGKILL)
    stack.wait_for("product was killed by signal 9")
    assert "starting it again" in stack.said()
    second = eventually(lambda: [pid for pid in stack.pids("product") if pid != first])[0]
    assert lives(second)


def test_a_child_that_keeps_dying_ends_the_stack_with_its_last_words(start: Start) -> None:
    stack = start({"name": "engine"}, {"name": "product", "shell": "echo the disk is full; exit 7"})
    assert stack.process.wait(60) == 1
    assert "product ended with exit code 7, 5 times within 60 s" in stack.said()
    assert "the disk is full" in stack.said()
    assert gone(stack.pids("engine"))


def test_a_child_that_does_not_heed_sigterm_is_killed(start: Start) -> None:
    deaf = "trap '' TERM; echo armed; while true; do sleep 1; done"
    stack = start({"name": "product", "shell": deaf, "ends_within": 0.5})
    stack.wait_for("all is ready")
    pid = stack.pid("product")
    eventually(lambda: "armed" in stack.log("product"))
    stack.process.terminate()
    assert stack.process.wait(30) == 0
    assert gone([pid])


def test_a_second_stack_on_the_same_data_is_refused_with_the_holders_pid(start: Start) -> None:
    first = start({"name": "engine"})
    first.wait_for("all is ready")
    output = first.output
    second = start({"name": "engine"})
    assert second.process.wait(30) == 3
    assert f"pid {first.process.pid}" in output.read_text()
    assert "PERENNIAL_DATA" in output.read_text()
    assert lives(first.pid("engine"))


@pytest.mark.parametrize("left", ["", "not json", '{"pid": 1, "started_at": "2020-01-01T00:00:00+00:00"}'])
def test_what_a_dead_stack_left_in_the_lock_file_stops_nobody(start: Start, tmp_path: Path, left: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "up.lock").write_text(left)
    stack = start({"name": "engine"})
    stack.wait_for("all is ready")
    assert f'"pid": {stack.process.pid}' in (tmp_path / "data" / "up.lock").read_text()


def test_a_busy_port_is_an_error_that_names_the_setting(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        stack = start({"name": "engine"}, {"name": "product", "port": port})
        assert stack.process.wait(30) == 1
    assert f"port {port} is in use" in stack.said()
    assert "set PERENNIAL_PORT" in stack.said()
    assert stack.pids("engine") == []


def test_sigint_to_the_make_above_alone_ends_the_stack(start: Start, tmp_path: Path) -> None:
    stack = start({"name": "engine"}, below=below_make(tmp_path))
    stack.wait_for("all is ready")
    pid = stack.pid("engine")
    stack.process.send_signal(signal.SIGINT)
    stack.process.wait(30)
    assert gone([pid])


def test_sigkill_of_the_make_above_ends_the_stack(start: Start, tmp_path: Path) -> None:
    stack = start({"name": "engine"}, below=below_make(tmp_path))
    stack.wait_for("all is ready")
    pid = stack.pid("engine")
    stack.process.kill()
    eventually(lambda: gone([pid]))


def test_where_the_kernel_cannot_tell_a_watch_kills_the_child_of_a_dead_parent(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    run = "import os, subprocess, sys; "
    run += "subprocess.run([sys.executable, '-c', sys.argv[1], str(os.getpid()), *sys.argv[2:]])"
    watch = "import sys; from perennial.tether import watched; watched(int(sys.argv[1]), sys.argv[2:])"
    shell = f"echo $$ > {note}; exec sleep 1000"
    process = subprocess.Popen([sys.executable, "-c", run, watch, "sh", "-c", shell])
    pid = int(eventually(lambda: note.read_text() if note.exists() else ""))
    assert lives(pid)
    process.kill()
    process.wait()
    eventually(lambda: gone([pid]))


def accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
