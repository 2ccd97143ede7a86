"""`perennial` as a program of its own against the running product."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from perennial.ports import free_ports
from support_product import Running, Seat
from support_waiting import eventually

Said = subprocess.CompletedProcess[str]
PURCHASE = (
    *("--offering", "dv-automation", "--term-months", "12", "--clm-tier", "professional"),
    *("--product", "tls-dv-single=25", "--renewal-mode", "auto"),
)


class Shell:
    """A person at a terminal, with nothing set but where the sandbox is."""

    def __init__(self, running: Running, home: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PERENNIAL_", "COLUMNS"))}
        where = {"PERENNIAL_DATA": str(running.data), "PERENNIAL_PORT": str(running.port)}
        self.environment = {**kept, **where, "HOME": str(home), "XDG_CONFIG_HOME": str(home)}

    def start(self, *words: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        command = (sys.executable, "-m", "perennial", *words)
        return subprocess.Popen(command, env=self.environment, stdout=pipe, stderr=pipe, text=True)

    def run(self, *words: str, stdin: str = "", **environment: str) -> Said:
        return subprocess.run(
            (sys.executable, "-m", "perennial", *words),
            env={**self.environment, **environment},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    def json(self, *words: str) -> Any:
        """What a command that must succeed prints."""
        said = self.run(*words, "--json")
        assert (said.returncode, said.stderr) == (0, ""), said
        return json.loads(said.stdout)


@pytest.fixture
def shell(running: Running, tmp_path: Path) -> Shell:
    return Shell(running, tmp_path)


@pytest.fixture
def cutting(running: Running) -> Iterator[int]:
    """A port that passes connections on to the product, but cuts off the first answer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_pass_on, args=(listener, running.port), daemon=True).start()
        yield listener.getsockname()[1]


def _pass_on(listener: socket.socket, port: int) -> None:
    is_first = True
    while True:
        try:
            near, _ = listener.accept()
        except OSError:
            return
        far = socket.create_connection(("127.0.0.1", port))
        threading.Thread(target=_pump, args=(near, far), daemon=True).start()
        if is_first:
            far.recv(1)  # The change is made, and nobody learns of it.
            near.shutdown(socket.SHUT_RDWR)
            is_first = False
        else:
            threading.Thread(target=_pump, args=(far, near), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    while some := source.recv(65536):
        sink.sendall(some)


def test_the_main_path_from_a_customer_to_a_refund(shell: Shell, seat: Seat) -> None:
    name = f"Bär & Söhne {uuid.uuid4().hex}"
    customer = shell.json(
        *("customers", "create", "--company-name", name, "--contact-name", "Ann", "--contact-email", "a@b.example"),
        *("--address-line1", "1 Street", "--city", "Ulm", "--postal-code", "89073", "--country", "DE"),
    )
    asked = ("--customer", customer["id"], *PURCHASE)
    quote = shell.json("quote", *asked)
    bought = shell.json("subscriptions", "buy", *asked, "--expected-total", str(quote["total"]["amount"]))
    added = shell.json("subscriptions", "add", bought["id"], "--product", "tls-dv-single=3")
    moved = shell.json("advance", bought["id"], "--to", "2026-12-05")
    line = added["transaction"]["lines"][0]
    refund = shell.json("refunds", "create", "--line", f"{line['id']}=3")

    assert moved["subscriptions"] == [{"id": bought["id"], "today": "2026-12-05", "state": "active"}]
    assert refund["total"]["amount"] == -added["transaction"]["amount"]["amount"]
    assert seat.subscription(bought["id"])["inventory"] == [{"product": "tls-dv-single", "quantity": 25}]
    assert name in shell.run("customers", "list", "--q", name).stdout
    narrow = shell.run("customers", "list", "--q", name, COLUMNS="80").stdout
    assert "..." not in narrow
    assert "…" not in narrow
    shown = shell.run("transactions", "list", "--subscription", bought["id"]).stdout
    cents = bought["transaction"]["amount"]["amount"]
    assert f"{cents // 100:,}.{cents % 100:02} USD" in shown
    assert "25 x tls-dv-single" in shell.run("subscriptions", "show", bought["id"]).stdout


def test_each_exit_code_says_why(shell: Shell, seat: Seat) -> None:
    bought = seat.bought()
    reader = shell.json("keys", "create", "--scope", "read")["key"]
    change = ("subscriptions", "suspend", bought["id"])
    outcomes = {
        0: shell.run("me"),
        2: shell.run("subscriptions", "add", bought["id"], "--product", "tls-dv-single"),
        3: shell.run("subscriptions", "enable", bought["id"], "--json"),
        4: shell.run("subscriptions", "add", bought["id"], "--product", "tls-dv-single=0", "--json"),
        5: shell.run(*change, "--json", PERENNIAL_API_KEY=reader),
        6: shell.run("subscriptions", "show", "sub_0", "--json"),
    }

    assert {code: said.returncode for code, said in outcomes.items()} == {code: code for code in outcomes}
    problems = {code: json.loads(said.stderr)["code"] for code, said in outcomes.items() if code > 2}
    assert problems == {3: "not_suspended", 4: "quantity_out_of_range", 5: "missing_scope", 6: "not_found"}
    assert "NAME=COUNT" in outcomes[2].stderr
    assert shell.run("me", "--no-such-option").returncode == 2


def test_a_problem_is_told_by_title_detail_fields_and_request(shell: Shell, seat: Seat) -> None:
    said = shell.run("subscriptions", "add", seat.bought()["id"], "--product", "tls-dv-single=0")

    assert said.stdout == ""
    for part in ("add[0].quantity: ", "(quantity_out_of_range)", "request id: req_", "--idempotency-key "):
        assert part in said.stderr


def test_a_file_is_priced_given_watched_and_its_result_saved(shell: Shell, seat: Seat, tmp_path: Path) -> None:
    bought = seat.bought()
    file = tmp_path / "rows.jsonl"
    row = {"kind": "suspend", "subscription_id": bought["id"]}
    file.write_text(f"{json.dumps(row)}\n")

    priced = shell.json("bulk", "give", str(file), "--dry-run")
    assert priced["totals"]["priced"] == 1
    job = shell.json("bulk", "give", str(file), "--watch", "--idempotency-key", f"one file of {bought['id']}")
    assert (job["state"], job["counts"]["done"]) == ("done", 1)
    assert seat.subscription(bought["id"])["state"] == "suspended"
    saved = shell.json("bulk", "result", job["id"], "--output", str(tmp_path / "result.csv"))
    assert bought["id"] in Path(saved["file"]).read_text()
    unknown = shell.run("bulk", "give", str(tmp_path / "rows.xlsx"))
    assert (unknown.returncode, "neither .csv nor .jsonl" in unknown.stderr) == (2, True)


def test_a_dry_run_changes_nothing(shell: Shell, seat: Seat) -> None:
    bought = seat.bought()

    dry = shell.json("subscriptions", "suspend", bought["id"], "--dry-run")

    assert (dry["dry_run"], dry["state"]) == (True, "suspended")
    assert seat.subscription(bought["id"])["version"] == bought["version"]


def test_a_purchase_whose_answer_is_lost_is_repeated_and_bought_once(
    shell: Shell, seat: Seat, cutting: int, running: Running
) -> None:
    customer = seat.new_customer()["id"]
    key = running.key()
    elsewhere = {"PERENNIAL_URL": f"http://127.0.0.1:{cutting}", "PERENNIAL_API_KEY": key}

    said = shell.run("subscriptions", "buy", "--customer", customer, *PURCHASE, "--json", **elsewhere)

    assert said.returncode == 0, said
    bought = seat.get("/v1/subscriptions", customer_id=customer)["data"]
    assert [one["id"] for one in bought] == [json.loads(said.stdout)["id"]]


def test_a_given_key_asks_for_the_same_thing_again(shell: Shell, seat: Seat) -> None:
    key = ("--idempotency-key", uuid.uuid4().hex)
    bought = seat.bought()

    first, second = (
        shell.json("subscriptions", "add", bought["id"], "--product", "tls-dv-single=1", *key) for _ in "12"
    )

    assert first == second


def test_the_feed_is_followed_from_an_event_on_each_once_until_one_is_told_to_end(shell: Shell, seat: Seat) -> None:
    last = shell.run("events", "--all", "--json").stdout.splitlines()[-1:] if seat.bought() else []
    after = json.loads(last[0])["id"]
    following = shell.start("events", "--follow", "--after", after, "--json", "--every", "0.1")
    bought = seat.bought()
    seat.done(seat.command(bought["id"], "suspend"))
    expected = len(seat.get("/v1/events", after=after)["data"])
    assert following.stdout is not None
    told = [json.loads(following.stdout.readline()) for _ in range(expected)]

    following.send_signal(signal.SIGINT)
    rest, errors = following.communicate(timeout=20)

    assert (following.returncode, rest) == (0, "")
    assert [event["id"] for event in told] == [event["id"] for event in seat.get("/v1/events", after=after)["data"]]
    # Ctrl-C may come between an event's printing and its noting: then it is told again rather than missed.
    assert any(f"--after {event['id']}" in errors for event in told[-2:])


def test_every_page_is_read_line_by_line(shell: Shell, seat: Seat) -> None:
    bought = seat.bought()
    said = shell.run("subscriptions", "timeline", bought["id"], "--all", "--json", "--limit", "1")

    assert [json.loads(line) for line in said.stdout.splitlines()] == seat.timeline(bought["id"])[::-1]


def test_a_profile_keeps_a_key_for_its_owner_only(shell: Shell, running: Running, tmp_path: Path) -> None:
    key = running.key("operator")

    shell.run("profile", "add", "theirs", "--url", running.base_url, stdin=f"{key}\n")

    (file,) = tmp_path.rglob("profiles.toml")
    assert file.stat().st_mode & 0o777 == 0o600
    assert key not in shell.run("profile", "list").stdout
    assert shell.json("me")["kind"] == "operator"
    assert shell.json("me", "--profile", "distributor")["kind"] == "distributor"
    file.chmod(0o644)
    assert shell.run("me").returncode == 2


def test_nobody_there_is_unreachable(shell: Shell, seat: Seat) -> None:
    eventually(lambda: seat.get("/v1/me"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    said = shell.run(
        "me", "--json", PERENNIAL_URL=f"http://127.0.0.1:{port}", PERENNIAL_API_KEY="k", PERENNIAL_PATIENCE="0"
    )

    assert (said.returncode, json.loads(said.stderr)["code"]) == (7, "unreachable")


def test_the_shell_completes_subcommands(shell: Shell) -> None:
    asked = {"_PERENNIAL_COMPLETE": "complete_bash", "COMP_WORDS": "perennial subs", "COMP_CWORD": "1"}
    program = Path(sys.executable).with_name("perennial")

    said = subprocess.run((program,), env={**shell.environment, **asked}, capture_output=True, text=True, check=False)

    assert said.stdout.split() == ["subscriptions"]


def test_an_invoice_is_saved_as_a_file(shell: Shell, seat: Seat, tmp_path: Path) -> None:
    seat.bought()
    shell.json("invoice-run", "--month", "2026-11")
    document = shell.json("invoices", "list", "--limit", "1")["data"][0]

    said = shell.run("invoices", "pdf", document["id"], "--output", str(tmp_path / "one.pdf"))

    assert said.returncode == 0
    assert (tmp_path / "one.pdf").read_bytes().startswith(b"%PDF")


def test_the_doctor_finds_a_running_product_well_and_a_key_that_others_read_ill(
    shell: Shell, running: Running, tmp_path: Path
) -> None:
    here = running.environment()
    well = shell.run("doctor", "--json", **here)
    data = tmp_path / "data"
    data.mkdir()
    (data / "keys.json").write_text("{}")
    ill = shell.run("doctor", "--json", **{**here, "PERENNIAL_DATA": str(data)})

    checks = {check["check"]: check for check in json.loads(well.stdout)["checks"]}
    assert (well.returncode, {"settings", "database", "engine", "workers of subscriptions"} <= set(checks)) == (0, True)
    assert [check["state"] for check in checks.values() if check["state"] == "fail"] == []
    found = {check["check"]: check for check in json.loads(ill.stdout)["checks"]}
    keys = found[str(data / "keys.json")]
    assert (ill.returncode, keys["state"], keys["hint"]) == (1, "fail", f"chmod 600 {data / 'keys.json'}")


def test_the_doctor_says_what_is_not_there(shell: Shell, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    elsewhere = {"PERENNIAL_TEMPORAL_ADDRESS": f"127.0.0.1:{port}", "PERENNIAL_PORT": str(port)}
    said = shell.run("doctor", "--json", **elsewhere, PERENNIAL_DATABASE_URL=f"sqlite:///{tmp_path}/new.db")

    states = {check["check"]: check["state"] for check in json.loads(said.stdout)["checks"]}
    assert said.returncode == 1
    assert states | {"settings": "fail", "database": "fail", "engine": "fail", f"port {port}": "warn"} == states
