"""The demo as a person runs it, on the real engine: the book comes to what is expected, or the demo says where not."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest

from counts import ran_on
from support_demo import EXAMPLES, LONGEST_DEMO, book_of, demo, rows_of, start_demo, write_rows
from support_product import Running, start_running
from support_waiting import eventually, lives

pytestmark = pytest.mark.xdist_group("demos")
SMALL = ("C-08", "C-09")


@pytest.fixture(autouse=True)
def grounds(request: pytest.FixtureRequest) -> None:
    ran_on(request, "SQLite")
    ran_on(request, "the engine")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A sandbox that runs already, whose clock began on the book's day."""
    data = tmp_path_factory.mktemp("running")
    settings = {"PERENNIAL_SANDBOX_DAY": "2027-01-10"}
    running = start_running(data, f"sqlite:///{data}/perennial.db", settings=settings)
    yield running
    running.end()


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return book_of(tmp_path / "book", SMALL)


def test_the_whole_book_comes_to_what_the_oracle_expects_to_the_cent(tmp_path: Path) -> None:
    code, printed, said = demo(tmp_path)

    assert code == 0, printed + said
    lines = len(rows_of(EXAMPLES / "expected.csv"))
    assert f"yes  {lines} ledger lines are those of " in printed
    assert "yes  49 subscriptions stand as those of" in printed
    assert "yes  the forecasts of 49 orders" in printed
    for customer in rows_of(EXAMPLES / "customers.csv"):
        assert f"{customer['customer']} {customer['company_name']}" in printed
    assert not _stack_of(tmp_path)


def test_one_cent_off_is_named_with_its_row(running: Running, book: Path) -> None:
    expected = rows_of(book / "expected.csv")
    expected[3]["amount"] = str(int(expected[3]["amount"]) + 1)
    write_rows(book / "expected.csv", expected)

    code, printed, _ = demo(running.data, "--book", str(book), PERENNIAL_URL=running.base_url)

    assert code == 1
    row = expected[3]
    name = f"{row['order']} {row['transaction']} {row['product']}"
    right = int(row["amount"]) - 1
    assert f"{book}/expected.csv:5: {name}: amount is '{right}', expected '{row['amount']}'" in printed
    assert "NO   " in printed
    assert printed.count("expected.csv:") == 1, "no other row differs"


def test_bad_rows_are_named_by_line_and_stop_nothing_else(running: Running, book: Path) -> None:
    orders, actions = rows_of(book / "orders.csv"), rows_of(book / "actions.csv")
    orders.insert(1, {**orders[0], "order": "O-900", "term_months": "a year"})
    orders.append({**orders[0], "order": "O-901", "offering": "moonshine"})
    actions.append({**dict.fromkeys(actions[0], ""), "order": "O-032", "day": "2027-02-30", "action": "suspend"})
    write_rows(book / "orders.csv", orders)
    write_rows(book / "actions.csv", actions)

    code, printed, _ = demo(running.data, "--book", str(book), PERENNIAL_URL=running.base_url)

    assert code == 1
    assert f"{book}/orders.csv:3: term_months wants a whole number, not 'a year'" in printed
    assert f"{book}/orders.csv:{len(orders) + 1}: offering: unknown_offering" in printed
    assert f"{book}/actions.csv:{len(actions) + 1}: day is no day (YYYY-MM-DD): '2027-02-30'" in printed
    assert "ledger lines are those of" in printed
    assert printed.count("NO   ") == 1
    assert "not compared, for a row of theirs is bad: O-032, O-900, O-901" in printed


def test_on_another_today_the_oracle_computes_the_expectation(running: Running, book: Path) -> None:
    (book / "book.toml").write_text("day = 2027-01-08\n")

    code, printed, said = demo(running.data, "--book", str(book), PERENNIAL_URL=running.base_url)

    assert code == 0, printed + said
    assert "today is 2027-01-10, not 2027-01-08" in said
    assert "ledger lines are those of the oracle's ledger" in printed


def test_a_demo_killed_with_its_whole_stack_goes_on_where_it_was(tmp_path: Path) -> None:
    book = book_of(tmp_path / "book", ("C-07", "C-08", "C-14"))
    lines = len(rows_of(book / "expected.csv"))
    for posted, more in ((5, ()), (11, ("--resume",))):
        process = start_demo(tmp_path, "--book", str(book), *more)
        _wait_until_posted(tmp_path, posted)
        _kill9(process)
    assert _posted(tmp_path) < lines

    code, printed, said = demo(tmp_path, "--book", str(book), "--resume")

    assert code == 0, printed + said
    assert f"yes  {lines} ledger lines are those of {book}/expected.csv" in printed
    assert _counts(tmp_path) == {"subscriptions": 9, "customers": 3, "partners": 2 + 2}


def test_a_demo_goes_on_only_on_the_day_on_which_it_began(running: Running, book: Path) -> None:
    run = running.data / "demo-elsewhere" / "run.json"
    run.parent.mkdir(exist_ok=True)
    run.write_text('{"mark": "yesterdays", "today": "2027-01-09"}')

    code, printed, said = demo(running.data, "--book", str(book), "--resume", PERENNIAL_URL=running.base_url)

    assert (code, printed) == (2, "")
    assert "began on 2027-01-09, and the sandbox's clock is at 2027-01-10" in said


def test_a_book_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    code, _, said = demo(tmp_path, "--book", str(tmp_path / "nowhere"))
    assert code == 2
    assert f"{tmp_path}/nowhere/book.toml" in said


def _posted(data: Path) -> int:
    """How many transactions the demo's stack has posted by now."""
    try:
        return _count(data, "transactions")
    except sqlite3.OperationalError:
        return 0


def _wait_until_posted(data: Path, count: int) -> None:
    eventually(lambda: _posted(data) >= count, within=LONGEST_DEMO)


def _counts(data: Path) -> dict[str, int]:
    return {table: _count(data, table) for table in ("subscriptions", "customers", "partners")}


def _count(data: Path, table: str) -> int:
    with closing(sqlite3.connect(f"file:{data}/demo/perennial.db?mode=ro", uri=True)) as connection:
        found: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 # Our own names.
        return found


def _kill9(process: subprocess.Popen[str]) -> None:
    """Kill the demo and every process of its stack, each by its id."""
    stack = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    for one in stack:
        with suppress(psutil.NoSuchProcess):  # It has died with the demo already.
            one.kill()
    process.communicate()
    eventually(lambda: not any(lives(one.pid) for one in stack))


def _stack_of(data: Path) -> list[str]:
    """Processes that still run on the demo's data."""
    return [
        " ".join(process.info["cmdline"])
        for process in psutil.process_iter(["cmdline"])
        if any(str(data / "demo") in part for part in process.info["cmdline"] or ())
    ]
