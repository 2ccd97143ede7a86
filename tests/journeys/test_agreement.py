"""The agreement through the doors: asked, sent again, asked of somebody else, accepted, declined, on file."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from hashlib import sha256

import httpx2
from sqlalchemy import select

from storage.tables import agreement_documents, eca_decisions
from support_problems import refused, refused_field
from support_product import Json, Running, Seat
from support_states import ACCEPTOR, pending
from support_tenants import rows_of

BILLING = "billing@distributor.example"
WORDS = {"name": "Jo Counsel", "job_title": "General Counsel", "may_bind": True}


def accept(seat: Seat, link: str, **changes: object) -> httpx2.Response:
    return seat.public().post(f"{link}/accept", json={**WORDS, **changes})


def change_acceptor(seat: Seat, subscription_id: str, email: str) -> httpx2.Response:
    return seat.put(f"/v1/subscriptions/{subscription_id}/eca/acceptor", {"eca_acceptor_email": email})


def receivers(seat: Seat, subscription_id: str, kind: str) -> list[str]:
    """To whom mails of a kind went, once all that is due was sent."""
    seat.advance(subscription_id, seat.subscription(subscription_id)["today"])
    return sorted(mail["to"] for mail in seat.mails(subscription_id, kind=kind))


def test_an_acceptance_activates_charges_and_tells_everybody(seat: Seat, today: date) -> None:
    bought = pending(seat)
    eca = bought["eca"]
    assert (eca["status"], eca["acceptor_email"], eca["links_sent"]) == ("requested", ACCEPTOR, 1)
    deadline = datetime.fromisoformat(eca["requested_at"]) + timedelta(days=30)
    assert datetime.fromisoformat(eca["deadline_at"]) == deadline

    decision = seat.done(seat.accept_eca(bought["id"]))

    assert (decision["status"], decision["name"], decision["job_title"]) == (
        "accepted",
        "Jo Counsel",
        "General Counsel",
    )
    assert decision["decided_at"][:10] == str(today)
    active = seat.subscription(bought["id"])
    assert (active["state"], active["eca"]["status"], active["start_date"]) == ("active", "accepted", str(today))
    assert active["eca_acceptance_id"] == seat.get(f"/v1/customers/{bought['customer_id']}")["eca_acceptance_id"]
    (transaction,) = seat.transactions(bought["id"])
    assert (transaction["amount"]["amount"], transaction["lines"][0]["remaining_days"]) == (5 * 14_900, 365)
    assert receivers(seat, bought["id"], "eca_accepted") == [BILLING, ACCEPTOR]
    assert receivers(seat, bought["id"], "activated") == ["ann@company.example", BILLING]
    copy = seat.mails(bought["id"], kind="eca_accepted", to=ACCEPTOR)[0]
    assert "ENTERPRISE CERTIFICATE AGREEMENT" in copy["text"].upper()


def test_looking_at_the_page_decides_nothing_and_only_a_bound_tick_does(seat: Seat) -> None:
    bought = pending(seat)
    link = seat.eca_link(bought["id"])

    page = seat.public().get(link)
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    refused_field(accept(seat, link, may_bind=False), "invalid_value", "may_bind")
    refused_field(accept(seat, link, name=" "), "too_short", "name")
    refused_field(seat.public().post(f"{link}/accept", json={"may_bind": True}), "required", "name")
    assert (
        refused(
            seat.public().post(f"{link}/accept", content=b"<x/>", headers={"Content-Type": "text/xml"}),
            "unsupported_media_type",
            415,
        )["instance"]
        == "/eca/"
    )

    assert seat.subscription(bought["id"]) == bought


def test_an_equal_second_accept_shows_the_same_and_another_is_refused(seat: Seat) -> None:
    bought = pending(seat)
    link = seat.eca_link(bought["id"])
    first = accept(seat, link)

    assert (accept(seat, link).status_code, accept(seat, link).json()) == (200, first.json())
    refused(accept(seat, link, job_title="Intern"), "eca_already_accepted")
    refused(seat.public().post(f"{link}/decline", json={}), "eca_already_accepted")
    assert len(seat.transactions(bought["id"])) == 1


def test_a_person_with_a_browser_is_led_from_the_form_to_the_page_that_shows_the_decision(seat: Seat) -> None:
    bought = pending(seat)
    link, browser = seat.eca_link(bought["id"]), seat.public()
    browser.headers["Accept"] = "text/html"
    form = {"name": "Jo Counsel", "job_title": "General Counsel", "may_bind": "true"}

    unticked = browser.post(f"{link}/accept", data={**form, "may_bind": ""})
    assert (unticked.status_code, "Tick this" in unticked.text) == (422, True)
    sent = browser.post(f"{link}/accept", data=form)
    assert (sent.status_code, sent.headers["location"]) == (303, link)
    page = browser.get(link)
    assert (page.status_code, "The agreement is accepted" in page.text) == (200, True)
    assert browser.post(f"{link}/accept", data=form).status_code == 303
    other = browser.post(f"{link}/accept", data={**form, "name": "Somebody Else"})
    assert (other.status_code, "nothing has changed" in other.text) == (409, True)
    assert seat.subscription(bought["id"])["state"] == "active"


def test_links_stay_out_of_the_log_and_people_out_of_the_engine(running: Running, seat: Seat) -> None:
    bought = pending(seat, eca_acceptor_email="somebody.rare@company.example")
    link = seat.eca_link(bought["id"])
    seat.done(seat.command(bought["id"], "eca/resend"))
    assert accept(seat, link).status_code == 410
    seat.advance(bought["id"], bought["eca"]["requested_at"][:10])
    seat.accept_eca(bought["id"], name="Jo Rarename")

    kept = b"".join(file.read_bytes() for file in (running.data / "engine").rglob("temporal.db*"))

    assert bought["id"].encode() in kept
    for personal in (b"somebody.rare", b"Rarename", link.removeprefix("/eca/").encode()):
        assert personal not in kept
    assert link.removeprefix("/eca/") not in running.log("serve")
    assert "Rarename" not in running.log("serve")


def test_a_decline_ends_the_purchase_uncharged(seat: Seat) -> None:
    bought = pending(seat)
    link = seat.eca_link(bought["id"])

    decision = seat.done(seat.public().post(f"{link}/decline", json={"reason": "not our style"}))

    assert (decision["status"], decision["name"]) == ("declined", None)
    ended = seat.subscription(bought["id"])
    assert (ended["state"], ended["state_reason"], ended["eca"]["status"]) == ("declined", "not our style", "declined")
    assert seat.transactions(bought["id"]) == []
    assert receivers(seat, bought["id"], "eca_declined") == [BILLING]
    refused(accept(seat, link), "eca_link_invalid", 410)
    assert pending(seat, customer_id=bought["customer_id"])["state"] == "pending_eca"


def test_an_agreement_on_file_spares_the_next_one_of_any_offering(seat: Seat) -> None:
    first = pending(seat)
    seat.accept_eca(first["id"])

    order = {"offering": "signing-suite", "inventory": [{"product": "doc-signing", "quantity": 1}]}
    second = seat.bought(customer_id=first["customer_id"], **order)

    assert (second["state"], second["eca"]["status"]) == ("active", "on_file")
    assert second["eca_acceptance_id"] == seat.subscription(first["id"])["eca_acceptance_id"]
    assert receivers(seat, second["id"], "eca_request") == []
    quoted = seat.done(seat.post("/v1/quotes", seat.purchase_body(customer_id=first["customer_id"], **order)))
    assert quoted["eca"] == {"status": "on_file"}


def test_several_pending_purchases_each_wait_for_their_own_decision(seat: Seat) -> None:
    first = pending(seat)
    second, third = (pending(seat, customer_id=first["customer_id"]) for _ in range(2))

    seat.accept_eca(first["id"])
    seat.decline_eca(second["id"])

    states = [seat.subscription(one["id"])["state"] for one in (first, second, third)]
    assert states == ["active", "declined", "pending_eca"]
    latest = seat.done(seat.accept_eca(third["id"]))
    on_file = seat.get(f"/v1/customers/{first['customer_id']}")["eca_acceptance_id"]
    assert (latest["status"], on_file) == ("accepted", seat.subscription(third["id"])["eca_acceptance_id"])


def test_a_resend_makes_a_new_link_and_the_old_one_dies(seat: Seat) -> None:
    bought = pending(seat)
    old = seat.eca_link(bought["id"])

    resent = seat.done(seat.command(bought["id"], "eca/resend"))
    seat.advance(bought["id"], bought["eca"]["requested_at"][:10])

    assert (resent["eca"]["links_sent"], resent["eca"]["deadline_at"]) == (2, bought["eca"]["deadline_at"])
    assert seat.eca_link(bought["id"]) != old
    refused(accept(seat, old), "eca_link_replaced", 410)
    refused(seat.public().get(old), "eca_link_replaced", 410)
    refused(seat.public().get("/eca/" + "x" * 43), "eca_link_invalid", 410)
    assert seat.done(seat.accept_eca(bought["id"]))["status"] == "accepted"


def test_resends_are_ten_minutes_apart_and_ten_a_request(seat: Seat) -> None:
    bought = pending(seat)
    seat.done(seat.command(bought["id"], "eca/resend"))

    answer = seat.command(bought["id"], "eca/resend")

    refused(answer, "resend_too_soon", 429)
    assert 0 < int(answer.headers["retry-after"]) <= 600
    for _ in range(9):
        seat.advance_days(bought["id"], 1)
        seat.done(seat.command(bought["id"], "eca/resend"))
    seat.advance_days(bought["id"], 1)
    refused(seat.command(bought["id"], "eca/resend"), "resend_limit")
    assert seat.subscription(bought["id"])["eca"]["links_sent"] == 11
    changed = seat.done(change_acceptor(seat, bought["id"], "other@company.example"))
    assert changed["eca"]["links_sent"] == 1


def test_a_change_of_acceptor_asks_anew_with_a_deadline_of_its_own(seat: Seat) -> None:
    bought = pending(seat)
    old = seat.eca_link(bought["id"])
    seat.advance_days(bought["id"], 5)

    changed = seat.done(change_acceptor(seat, bought["id"], "cfo@company.example"))

    eca = changed["eca"]
    assert (changed["state"], eca["acceptor_email"], eca["links_sent"]) == ("pending_eca", "cfo@company.example", 1)
    assert eca["deadline_at"] > bought["eca"]["deadline_at"]
    assert receivers(seat, bought["id"], "eca_replaced") == [ACCEPTOR]
    assert receivers(seat, bought["id"], "eca_request") == ["cfo@company.example", ACCEPTOR]
    refused(accept(seat, old), "eca_link_replaced", 410)
    assert seat.done(seat.accept_eca(bought["id"]))["status"] == "accepted"
    events = [entry["kind"] for entry in seat.timeline(bought["id"]) if entry["version"]]
    assert events[:3] == ["purchase_confirmed", "eca_requested", "eca_acceptor_changed"]


def test_an_acceptor_is_changed_three_times_and_to_somebody_else_at_the_customer(seat: Seat) -> None:
    bought = pending(seat)

    refused_field(change_acceptor(seat, bought["id"], ACCEPTOR.upper()), "acceptor_unchanged", "eca_acceptor_email")
    refused_field(change_acceptor(seat, bought["id"], BILLING), "acceptor_is_partner", "eca_acceptor_email")
    for number in range(3):
        seat.done(change_acceptor(seat, bought["id"], f"person{number}@company.example"))
    refused(change_acceptor(seat, bought["id"], "person3@company.example"), "acceptor_change_limit")


def evidence_of(running: Running, bought: Json) -> Json:
    query = select(eca_decisions).where(eca_decisions.c.customer_id == bought["customer_id"])
    (found,) = rows_of(running, query)
    return dict(found._mapping)


def test_the_evidence_of_an_acceptance_is_complete(running: Running, seat: Seat) -> None:
    bought = pending(seat)
    seat.advance_days(bought["id"], 4)
    link = seat.eca_link(bought["id"])
    decision = seat.done(seat.public().post(f"{link}/accept", json=WORDS, headers={"User-Agent": "Netscape 4"}))

    evidence = evidence_of(running, bought)

    assert evidence["id"] == seat.subscription(bought["id"])["eca_acceptance_id"]
    assert evidence["subscription_id"] == bought["id"]
    assert evidence["request_id"].startswith("eca_")
    assert (evidence["decision"], evidence["acceptor_email"]) == ("accepted", ACCEPTOR)
    assert (evidence["name"], evidence["job_title"], evidence["may_bind"]) == ("Jo Counsel", "General Counsel", True)
    assert evidence["decided_at"] == datetime.fromisoformat(decision["decided_at"])
    assert (evidence["ip"], evidence["user_agent"]) == ("127.0.0.1", "Netscape 4")
    (document,) = rows_of(
        running, select(agreement_documents).where(agreement_documents.c.id == evidence["document_id"])
    )
    assert evidence["document_sha256"] == document.sha256 == sha256(document.text.encode()).hexdigest()
    assert evidence["document_version"] == document.version == bought["eca"]["document_version"]
    assert evidence["document_language"] == document.language
    mailed = {
        mail["message_id"] for kind in ("eca_request", "eca_reminder") for mail in seat.mails(bought["id"], kind=kind)
    }
    assert len(mailed) == 2
    assert set(evidence["message_ids"]) == mailed
    assert evidence["token_hash"] == sha256(link.removeprefix("/eca/").encode()).hexdigest()


def test_the_evidence_of_a_decline_is_kept_too(running: Running, seat: Seat) -> None:
    bought = pending(seat)
    seat.decline_eca(bought["id"], reason="no authority")

    evidence = evidence_of(running, bought)

    assert (evidence["decision"], evidence["reason"], evidence["may_bind"]) == ("declined", "no authority", False)
    assert (evidence["name"], evidence["job_title"], evidence["ip"]) == (None, None, "127.0.0.1")
