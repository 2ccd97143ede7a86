"""`perennial verify` and `perennial repair`: the database alone gives the engine back what it should have."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

from storage.faults import Fault
from storage.tellings import mail_receivers
from support_bulk import finished, given, purchase_row
from support_faults import Sent, accepted, engine_of, findings, look, lose, outcome, terminate
from support_product import Running, Seat
from support_waiting import eventually


def perennial(running: Running, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (sys.executable, "-m", "perennial", *arguments),
        env={**os.environ, **running.environment()},
        capture_output=True,
        text=True,
        check=False,
    )


def lose_deliveries(running: Running) -> None:
    async def work() -> None:
        client = await engine_of(running)
        for receiver in mail_receivers():
            await client.get_workflow_handle(receiver).terminate("lost")

    asyncio.run(work())


def test_verify_says_what_it_looked_at_and_that_all_is_well(apart: Running, seat: Seat) -> None:
    seat.bought()
    said = perennial(apart, "verify")
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.strip().endswith("transactions: no faults")


def test_what_the_engine_lost_is_found_and_given_back_to_it(apart: Running, seat: Seat) -> None:
    for _ in range(12):  # so that each delivery has run
        seat.bought()
    idle, asked = seat.bought(), seat.bought()
    idle = seat.advance_days(idle["id"], 100)
    eventually(lambda: look(apart, "SELECT count(*) FROM tellings WHERE status = 'pending'") == [(0,)], within=60)
    apart.kill9("worker")
    purchase = Sent("/v1/subscriptions", seat.purchase_body())
    addition = Sent(
        f"/v1/subscriptions/{asked['id']}/inventory", {"add": [{"product": "tls-dv-single", "quantity": 1}]}
    )
    refund = {"lines": [{"transaction_line_id": asked["transaction"]["lines"][0]["id"], "quantity": 1}]}
    places = [accepted(sent.send(seat)) for sent in (purchase, addition, Sent("/v1/refunds", refund))]
    (made,) = look(apart, "SELECT subscription_id FROM commands WHERE key = ?", purchase.key)[0]
    for subscription in (idle["id"], asked["id"], made):
        terminate(apart, subscription)
    lose_deliveries(apart)
    # Those that the ledger believes awake would never be signalled again.
    awake = [row[0] for row in look(apart, "SELECT id FROM receivers WHERE NOT asleep")]

    faults = {fault.subject: fault.what for fault in findings(apart).faults}
    lost = [*(f"subscription/{subscription}" for subscription in (idle["id"], asked["id"], made)), *awake]
    assert faults == dict.fromkeys(lost, "this workflow should run and does not")
    said = perennial(apart, "verify")
    assert said.returncode == 1
    assert f"subscription/{idle['id']}" in said.stdout
    assert said.stdout.strip().endswith(f"{len(lost)} faults")

    repaired = perennial(apart, "repair")
    assert repaired.returncode == 0, repaired.stderr
    done = f"started 3 missing workflows, sent 3 commands again, woke {len(awake)} deliveries"
    assert repaired.stdout.strip() == done
    apart.start("worker")
    answers = [outcome(seat, place) for place in places]

    assert seat.versions(answers[0]["id"]) == [1, 2]
    assert seat.versions(asked["id"]) == [1, 2, 3, 4]
    renewed = seat.advance(idle["id"], idle["end_date"])
    assert (renewed["state"], renewed["term_number"], renewed["today"]) == ("active", 2, idle["end_date"])
    assert [item["action"] for item in seat.transactions(idle["id"])] == ["purchase", "renewal"]
    eventually(lambda: seat.mails(idle["id"], kind="renewed"))


def test_a_bulk_job_whose_workflow_was_lost_is_found_and_goes_on(apart: Running, seat: Seat) -> None:
    apart.kill9("worker")
    address = given(seat, [purchase_row(seat)])
    workflow_id = f"bulk/{address.rpartition('/')[2]}"
    lose(apart, workflow_id)

    assert Fault(workflow_id, "this workflow should run and does not") in findings(apart).faults
    repaired = perennial(apart, "repair")
    assert (repaired.returncode, repaired.stdout.split()[:2]) == (0, ["started", "1"]), repaired.stderr
    apart.start("worker")

    assert finished(seat, address)["counts"]["done"] == 1


def test_verify_and_repair_say_when_the_engine_does_not_answer(apart: Running, seat: Seat) -> None:
    seat.bought()
    apart.engine.kill9()
    for command in ("verify", "repair"):
        said = perennial(apart, command)
        assert said.returncode == 2
        assert "does not answer" in said.stderr
    said = perennial(apart, "verify", "--no-engine")
    assert said.returncode == 0, said.stdout
