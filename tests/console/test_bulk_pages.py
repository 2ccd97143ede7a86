"""A file of commands is priced, started and watched to its end; and one that does not fit is told line by line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support_browser import At, Way
from support_product import Seat

pytestmark = pytest.mark.xdist_group("console money")

HEADER = "kind,customer_id,offering,term_months,clm_tier,inventory,renewal_mode,subscription_id\n"


def purchase(customer: str, count: str) -> str:
    return f"purchase,{customer},dv-automation,12,professional,tls-dv-single={count},auto,\n"


def test_a_file_is_priced_started_and_runs_to_its_end(at_console: At, seat: Seat, tmp_path: Path, way: Way) -> None:
    customer = seat.new_customer()["id"]
    file = tmp_path / "june.csv"
    rows = purchase(customer, "1") + purchase(customer, "2") + "suspend,,,,,,,sub_0\n"
    file.write_text(HEADER + rows)
    with at_console(way, as_="sales") as hand:
        hand.open("/console/bulk")
        hand.follow("Give a file")
        hand.page.get_by_label("File").set_input_files(file)
        hand.press("Price the file")
        hand.page.wait_for_url(re.compile(r"/console/bulk/files/drf_"))
        priced = hand.path
        hand.sees("june.csv")
        hand.sees("There is nothing here.")
        total = hand.page.locator("dd.fw-bold").inner_text()
        assert seat.get("/v1/subscriptions", customer_id=customer)["data"] == []

        hand.press("Start")
        hand.page.wait_for_url(re.compile(r"/console/bulk/blk_"))
        job = hand.path.partition("?")[0]
        for _ in range(60):
            if hand.page.get_by_text("3 of 3 rows have their result.").count():
                break
            hand.page.wait_for_timeout(500)
            if way == "without scripts":
                hand.open(job)
        hand.sees("3 of 3 rows have their result.")
        hand.sees(total)

        hand.open(priced)
        assert hand.path == job  # who opens the priced file again comes to the job that it became

        hand.follow("Refused")
        hand.page.wait_for_url(re.compile("rows=refused"))
        assert hand.page.get_by_role("row").count() == 2
        with hand.page.expect_download() as download:
            hand.follow("Download the result (CSV)")
        assert len(download.value.path().read_text().splitlines()) == 4

    found = seat.get("/v1/subscriptions", customer_id=customer)["data"]
    assert sorted(one["inventory"][0]["quantity"] for one in found) == [1, 2]


def test_a_file_that_does_not_fit_is_told_line_by_line(at_console: At, seat: Seat, tmp_path: Path) -> None:
    file = tmp_path / "june.csv"
    file.write_text(HEADER + purchase(seat.new_customer()["id"], "many"))
    with at_console(as_="sales") as hand:
        hand.open("/console/bulk/new")
        hand.page.get_by_label("File").set_input_files(file)
        hand.press("Price the file")
        hand.sees("Nothing of the file was taken.")
        hand.sees(re.compile("Line 2: "))


def test_a_job_is_paused_goes_on_and_is_cancelled(at_console: At, seat: Seat, tmp_path: Path) -> None:
    customer = seat.new_customer()["id"]
    file = tmp_path / "long.csv"
    file.write_text(HEADER + purchase(customer, "1") * 400)
    with at_console(as_="sales") as hand:
        hand.open("/console/bulk/new")
        hand.page.get_by_label("File").set_input_files(file)
        hand.press("Price the file")
        hand.press("Start")
        hand.press("Pause")
        hand.sees("The job is paused")
        job = seat.get(f"/v1/bulk/{hand.path.partition('?')[0].rpartition('/')[2]}")
        assert job["state"] == "paused"
        hand.press("Resume")
        hand.sees("The job goes on.")
        hand.follow("Cancel the job")
        hand.sees("What is done stays done.")
        hand.press("Cancel the job")
        hand.sees("The job is cancelled")
        assert seat.get(f"/v1/bulk/{job['id']}")["state"] in {"cancelling", "cancelled"}


def test_who_may_not_purchase_gives_no_file(at_console: At) -> None:
    with at_console(as_="billing") as hand:
        hand.open("/console/bulk")
        assert hand.page.get_by_role("link", name="Give a file").count() == 0
        hand.open("/console/bulk/new")
        hand.sees("You may not do this")
