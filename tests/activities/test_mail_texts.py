"""Every kind of mail, from a real ledger, over real SMTP, read in the mailbox."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from support_door import NOW
from support_ledger import ACCEPTOR, Desk

PARTNER, CUSTOMER = "billing@partner.example", "erika@acme.example"


async def accepted(desk: Desk, **changes: Any) -> str:
    """A subscription whose agreement was accepted; its id."""
    bought = await desk.purchase(**changes)
    path = await desk.link(bought["id"])
    answer = await desk.door.client().post(
        f"{path}/accept", json={"name": "Lena Recht", "job_title": "General Counsel", "may_bind": True}
    )
    assert answer.status_code == 200, answer.text
    found: str = bought["id"]
    return found


def kinds_and_receivers(mails: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return sorted((mail["kind"], mail["to"]) for mail in mails)


def only(mails: list[dict[str, Any]], kind: str, to: str) -> dict[str, Any]:
    (found,) = (mail for mail in mails if (mail["kind"], mail["to"]) == (kind, to))
    return found


async def test_the_request_goes_to_the_acceptor_alone_and_names_the_order_and_the_deadline(desk: Desk) -> None:
    bought = await desk.purchase()
    mails = await desk.mails(subscription_id=bought["id"])
    assert kinds_and_receivers(mails) == [("eca_request", ACCEPTOR)]
    assert "Acme GmbH" in mails[0]["subject"]
    for words in ("A distributor has ordered", "22 December 2026, 09:30 UTC", "25", "Reference ID: PO-4711"):
        assert words in " ".join(mails[0]["text"].split())
    assert mails[0]["sent_at"] == "2026-11-22T09:30:00Z"
    assert mails[0]["message_id"].endswith("@perennial.example>")


async def test_an_acceptance_is_told_with_a_copy_of_the_text_and_the_activation_with_its_charge(desk: Desk) -> None:
    found = await accepted(desk)
    mails = await desk.mails(subscription_id=found)
    told = [("activated", PARTNER), ("activated", CUSTOMER), ("eca_accepted", PARTNER), ("eca_accepted", ACCEPTOR)]
    assert kinds_and_receivers(mails) == sorted([*told, ("eca_request", ACCEPTOR)])
    copy = only(mails, "eca_accepted", ACCEPTOR)["text"]
    assert "Lena Recht, General Counsel" in copy
    assert "11.4 The English text is the one that counts." in copy
    charge = only(mails, "activated", CUSTOMER)["text"]
    assert "25 x 149.00 USD = 3,725.00 USD" in charge
    assert "22 November 2026 to 21 November 2027" in " ".join(charge.split())


async def test_a_decline_tells_the_partner_the_reason(desk: Desk) -> None:
    bought = await desk.purchase()
    path = await desk.link(bought["id"])
    await desk.door.client().post(f"{path}/decline", json={"reason": "Not our order."})
    told = only(await desk.mails(subscription_id=bought["id"]), "eca_declined", PARTNER)
    assert "The reason given: Not our order." in told["text"]


async def test_an_ignored_request_is_reminded_of_then_the_partner_is_told_twice(desk: Desk) -> None:
    bought = await desk.purchase()
    for days in (3, 28, 30):
        await desk.go_on(bought["id"], NOW + timedelta(days=days))
        await desk.drain()
    told = kinds_and_receivers(await desk.mails(subscription_id=bought["id"]))
    reminders = [("eca_reminder", ACCEPTOR)] * 2
    assert told == sorted([("eca_request", ACCEPTOR), *reminders, ("eca_expiring", PARTNER), ("eca_expired", PARTNER)])


async def test_a_change_of_acceptor_asks_the_new_one_and_tells_the_former(desk: Desk) -> None:
    bought = await desk.purchase()
    path = f"/v1/subscriptions/{bought['id']}/eca/acceptor"
    await desk.command(path, {"eca_acceptor_email": "boss@acme.example"}, method="PUT")
    told = kinds_and_receivers(await desk.mails(subscription_id=bought["id"]))
    assert told == [("eca_replaced", ACCEPTOR), ("eca_request", "boss@acme.example"), ("eca_request", ACCEPTOR)]


async def test_added_inventory_is_told_with_the_sum_and_its_days(desk: Desk) -> None:
    found = await accepted(desk)
    desk.door.clock.now = NOW + timedelta(days=100)
    add = {"add": [{"product": "tls-ov-single", "quantity": 2}]}
    await desk.command(f"/v1/subscriptions/{found}/inventory", add)
    told = only(await desk.mails(subscription_id=found), "inventory_added", PARTNER)["text"]
    assert "for 265 days of 365" in " ".join(told.split())
    assert "216.36 USD" in told  # 2 x 149.00 x 265/365


async def test_a_reminder_before_a_renewal_says_date_amount_last_moment_and_how_to_change(desk: Desk) -> None:
    found = await accepted(desk)
    await desk.go_on(found, datetime(2027, 10, 23, 9, tzinfo=UTC))
    told = only(await desk.mails(subscription_id=found), "renewal_reminder", CUSTOMER)
    text = " ".join(told["text"].split())
    assert told["subject"] == "Managed TLS for Acme GmbH renews on 22 November 2027"
    for words in ("in 30 days", "3,725.00 USD", "22 November 2027, 00:00 UTC", "switch auto-renewal off", "25 x"):
        assert words in text
    assert told["sent_at"] == "2027-10-23T09:00:00Z"


async def test_switching_the_mode_is_told_and_the_reminder_then_speaks_of_the_end(desk: Desk) -> None:
    found = await accepted(desk)
    mode = {"renewal_mode": "one_time"}
    await desk.command(f"/v1/subscriptions/{found}/renewal-mode", mode, method="PUT")
    await desk.go_on(found, datetime(2027, 10, 23, 9, tzinfo=UTC))
    mails = await desk.mails(subscription_id=found)
    assert "one-time renewal" in only(mails, "renewal_mode_set", CUSTOMER)["text"]
    assert "ends in 30 days" in only(mails, "expiry_reminder", PARTNER)["text"]


async def test_the_end_without_renewal_is_told_and_told_again_a_week_later(desk: Desk) -> None:
    found = await accepted(desk, renewal_mode="one_time")
    await desk.go_on(found, datetime(2027, 11, 22, tzinfo=UTC))
    await desk.go_on(found, datetime(2027, 11, 29, tzinfo=UTC))
    mails = await desk.mails(subscription_id=found)
    assert "22 November 2027" in only(mails, "expired", PARTNER)["text"]
    assert "7 days ago" in only(mails, "expired_followup", CUSTOMER)["text"]


async def test_a_renewal_is_told_with_the_new_term_and_its_charge(desk: Desk) -> None:
    found = await accepted(desk)
    await desk.go_on(found, datetime(2027, 11, 22, tzinfo=UTC))
    told = only(await desk.mails(subscription_id=found), "renewed", PARTNER)["text"]
    assert "22 November 2027 to 21 November 2028" in " ".join(told.split())
    assert "3,725.00 USD" in told


async def test_suspension_reminder_and_hold_say_that_nothing_is_charged(desk: Desk) -> None:
    found = await accepted(desk)
    await desk.command(f"/v1/subscriptions/{found}/suspend", {"reason": "Unpaid."})
    await desk.go_on(found, datetime(2027, 10, 23, 9, tzinfo=UTC))
    await desk.drain()
    await desk.go_on(found, datetime(2027, 11, 22, tzinfo=UTC))
    await desk.drain()
    await desk.command(f"/v1/subscriptions/{found}/enable", {})
    mails = await desk.mails(subscription_id=found)
    assert "The reason given: Unpaid." in only(mails, "suspended", PARTNER)["text"]
    assert "does not renew and nothing is charged" in " ".join(
        only(mails, "suspended_reminder", CUSTOMER)["text"].split()
    )
    held = [mail["to"] for mail in mails if mail["kind"] == "renewal_held"]
    assert sorted(held) == sorted([PARTNER, CUSTOMER, PARTNER])  # the operator's contact is the same in this test
    assert only(mails, "enabled", CUSTOMER)


async def test_no_mail_leaves_a_word_open(desk: Desk) -> None:
    found = await accepted(desk)
    await desk.command(f"/v1/subscriptions/{found}/suspend", {})
    await desk.command(f"/v1/subscriptions/{found}/enable", {})
    for mail in await desk.mails(subscription_id=found):
        assert "None" not in mail["text"]
        assert "None" not in mail["subject"]
