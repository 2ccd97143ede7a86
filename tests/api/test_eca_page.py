"""The acceptor's page, through the door, with decisions that the real ledger records."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from storage.evidence import list_evidence
from storage.tables import customers, eca_links
from support_door import NOW, problem_code
from support_ledger import ACCEPTOR, Desk, opened_desk

GIVEN = {"name": "Lena Recht", "job_title": "General Counsel", "may_bind": True}
FORM = {**GIVEN, "may_bind": "true"}
UNKNOWN = "/eca/" + "x" * 43


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with opened_desk(database_url) as opened:
        yield opened


async def state(desk: Desk, subscription_id: str) -> str:
    answer = await desk.door.distributor.get(f"/v1/subscriptions/{subscription_id}")
    found: str = answer.json()["state"]
    return found


async def change_acceptor(desk: Desk, subscription_id: str) -> None:
    path = f"/v1/subscriptions/{subscription_id}/eca/acceptor"
    await desk.command(path, {"eca_acceptor_email": "boss@acme.example"}, method="PUT")


def words(answer: httpx2.Response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


async def test_the_page_shows_company_order_version_and_the_whole_text(desk: Desk) -> None:
    path = await desk.link((await desk.purchase())["id"])
    answer = await desk.browser().get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    for part in ("Acme GmbH", "Managed TLS", "25", "version 2026.1", "22 December 2026", "11.4", "12 months"):
        assert part in words(answer)


async def test_looking_decides_nothing_however_often(desk: Desk) -> None:
    bought = await desk.purchase()
    path = await desk.link(bought["id"])
    for _ in range(3):
        await desk.browser().get(path)
    assert await state(desk, bought["id"]) == "pending_eca"


async def test_accepting_as_json_answers_the_decision_and_starts_the_subscription(desk: Desk) -> None:
    bought = await desk.purchase()
    answer = await desk.door.client().post(f"{await desk.link(bought['id'])}/accept", json=GIVEN)
    expected = {"status": "accepted", "name": "Lena Recht", "job_title": "General Counsel"}
    assert (answer.status_code, answer.json()) == (200, {**expected, "decided_at": "2026-11-22T09:30:00Z"})
    assert await state(desk, bought["id"]) == "active"


async def test_accepting_by_the_form_leads_back_to_the_page_which_shows_it(desk: Desk) -> None:
    bought = await desk.purchase()
    path, browser = await desk.link(bought["id"]), desk.browser()
    answer = await browser.post(f"{path}/accept", data=FORM)
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    shown = await browser.get(path)
    assert "Lena Recht, General Counsel, accepted" in words(shown)
    assert "<form" not in shown.text
    assert await state(desk, bought["id"]) == "active"


async def test_an_equal_second_accept_shows_the_same_and_another_is_a_conflict(desk: Desk) -> None:
    path, client = await desk.link((await desk.purchase())["id"]), desk.door.client()
    first = await client.post(f"{path}/accept", json=GIVEN)
    second = await client.post(f"{path}/accept", json=GIVEN)
    assert (second.status_code, second.json()) == (200, first.json())
    other = await client.post(f"{path}/accept", json={**GIVEN, "name": "Somebody Else"})
    assert problem_code(other, 409) == "eca_already_accepted"
    declined = await client.post(f"{path}/decline")
    assert problem_code(declined, 409) == "eca_already_accepted"


async def test_a_conflict_in_the_browser_shows_what_was_decided(desk: Desk) -> None:
    path = await desk.link((await desk.purchase())["id"])
    await desk.door.client().post(f"{path}/accept", json=GIVEN)
    answer = await desk.browser().post(f"{path}/decline", data={"reason": "Too late."})
    assert answer.status_code == 409
    assert "It was decided before" in words(answer)
    assert "Lena Recht" in words(answer)


async def test_declining_needs_no_body_and_ends_the_purchase(desk: Desk) -> None:
    bought = await desk.purchase()
    path = await desk.link(bought["id"])
    answer = await desk.door.client().post(f"{path}/decline")
    assert (answer.status_code, answer.json()["status"]) == (200, "declined")
    assert await state(desk, bought["id"]) == "declined"
    assert "was declined on 22 November 2026" in words(await desk.browser().get(path))
    again = await desk.door.client().post(f"{path}/accept", json=GIVEN)
    assert problem_code(again, 410) == "eca_link_invalid"


async def test_a_reason_over_several_lines_is_kept_as_one_paragraph(desk: Desk) -> None:
    path, browser = await desk.link((await desk.purchase())["id"]), desk.browser()
    await browser.post(f"{path}/decline", data={"reason": "Not\r\nour <order>."})
    assert "The reason given: Not our &lt;order&gt;." in (await browser.get(path)).text


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ({"name": ""}, {"name", "job_title", "may_bind"}),
        ({**FORM, "name": "   "}, {"name"}),
        ({**FORM, "job_title": "x" * 201}, {"job_title"}),
        ({"name": "Lena", "job_title": "Counsel"}, {"may_bind"}),
        ({**FORM, "name": "Le\x07na"}, {"name"}),
    ],
    ids=["nothing", "a blank name", "a title too long", "no tick", "a control character"],
)
async def test_the_form_shows_each_error_beside_its_field_with_what_was_entered(
    desk: Desk, form: dict[str, str], fields: set[str]
) -> None:
    bought = await desk.purchase()
    answer = await desk.browser().post(f"{await desk.link(bought['id'])}/accept", data=form)
    assert answer.status_code == 422
    assert set(re.findall(r'id="(\w+)-error"', answer.text)) == fields
    assert 'role="alert"' in answer.text
    if form.get("name") == "Lena":
        assert 'value="Lena"' in answer.text
    assert await state(desk, bought["id"]) == "pending_eca"


async def test_what_was_entered_is_shown_as_text_never_as_markup(desk: Desk) -> None:
    path = await desk.link((await desk.purchase())["id"])
    answer = await desk.browser().post(f"{path}/accept", data={"name": '"><script>alert(1)</script>'})
    assert "<script" not in answer.text


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "required"),
        ({**GIVEN, "may_bind": False}, "invalid_value"),
        ({**GIVEN, "may_bind": "yes"}, "invalid_value"),
        ({**GIVEN, "name": 7}, "wrong_type"),
        ({**GIVEN, "ip": "1.2.3.4"}, "unknown_field"),
    ],
    ids=["nothing", "no authority", "a text for a tick", "a number for a name", "a field of the server's"],
)
async def test_json_gets_a_problem(desk: Desk, body: dict[str, Any], code: str) -> None:
    path = await desk.link((await desk.purchase())["id"])
    assert problem_code(await desk.door.client().post(f"{path}/accept", json=body), 422) == code


async def test_other_bodies_are_not_taken(desk: Desk) -> None:
    path, client = await desk.link((await desk.purchase())["id"]), desk.door.client()
    broken = await client.post(f"{path}/accept", content=b"{", headers={"Content-Type": "application/json"})
    assert problem_code(broken, 400) == "malformed_json"
    without_boundary = await client.post(
        path + "/accept", content=b"x", headers={"Content-Type": "multipart/form-data"}
    )
    assert problem_code(without_boundary, 400) == "malformed_form"
    too_many = await client.post(f"{path}/accept", data={f"field{number}": "x" for number in range(11)})
    assert problem_code(too_many, 400) == "malformed_form"
    other = await client.post(f"{path}/accept", content=b"x", headers={"Content-Type": "text/plain"})
    assert other.status_code == 415


@pytest.mark.parametrize("path", [UNKNOWN, "/eca/short", "/eca/" + "ä" * 43], ids=["unknown", "short", "not ASCII"])
async def test_a_guessed_link_is_gone_whatever_is_asked(desk: Desk, path: str) -> None:
    client = desk.door.client()
    for answer in (await client.get(path), await client.post(f"{path}/accept"), await client.post(f"{path}/decline")):
        assert problem_code(answer, 410) == "eca_link_invalid"
    page = await desk.browser().get(path)
    assert page.status_code == 410
    assert "This link is not valid" in words(page)


async def test_a_link_dies_when_it_is_sent_again(desk: Desk) -> None:
    bought = await desk.purchase()
    old = await desk.link(bought["id"])
    await desk.command(f"/v1/subscriptions/{bought['id']}/eca/resend", {})
    new = await desk.link(bought["id"])
    assert old != new
    client = desk.door.client()
    assert problem_code(await client.get(old), 410) == "eca_link_replaced"
    assert problem_code(await client.post(f"{old}/accept", json=GIVEN), 410) == "eca_link_replaced"
    assert "This link was replaced" in words(await desk.browser().get(old))
    assert (await client.post(f"{new}/accept", json=GIVEN)).status_code == 200


async def test_a_link_dies_when_the_acceptor_changes(desk: Desk) -> None:
    bought = await desk.purchase()
    old = await desk.link(bought["id"])
    await change_acceptor(desk, bought["id"])
    assert problem_code(await desk.door.client().get(old), 410) == "eca_link_replaced"


async def test_a_link_dies_at_its_deadline_even_before_that_is_recorded(desk: Desk) -> None:
    path = await desk.link((await desk.purchase())["id"])
    desk.door.clock.go_on(timedelta(days=30) - timedelta(seconds=1))
    assert (await desk.browser().get(path)).status_code == 200
    desk.door.clock.go_on(timedelta(seconds=1))
    assert problem_code(await desk.door.client().get(path), 410) == "eca_link_invalid"
    assert problem_code(await desk.door.client().post(f"{path}/accept", json=GIVEN), 410) == "eca_link_invalid"


async def test_every_answer_is_kept_nowhere_leaks_no_address_and_runs_nothing(desk: Desk) -> None:
    path, browser = await desk.link((await desk.purchase())["id"]), desk.browser()
    answers = [
        await browser.get(path),
        await browser.post(f"{path}/accept", data={"name": ""}),
        await browser.get(UNKNOWN),
        await desk.door.client().get(UNKNOWN),
        await browser.post(f"{path}/accept", data=FORM),
    ]
    assert [answer.status_code for answer in answers] == [200, 422, 410, 410, 303]
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-frame-options"] == "DENY"
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "<script" not in answer.text
        assert "style=" not in answer.text


async def test_the_page_brings_its_own_style_sheet(desk: Desk) -> None:
    answer = await desk.browser().get("/eca/assets/page.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert "prefers-color-scheme: dark" in answer.text


async def test_one_address_may_not_ask_without_end(database_url: str) -> None:
    async with opened_desk(database_url, sandbox=False) as desk:
        browser, client = desk.browser(), desk.door.client()
        for _ in range(30):
            assert (await client.get(UNKNOWN)).status_code == 410
        refused = await client.get(UNKNOWN)
        assert refused.headers["ratelimit-policy"] == '"address";q=30;w=60'
        assert refused.headers["ratelimit"] == f'"address";r=0;t={refused.headers["retry-after"]}'
        assert problem_code(refused, 429) == "rate_limited"
        assert 0 < int(refused.headers["retry-after"]) <= 60
        assert "Too many requests" in words(await browser.get(UNKNOWN))


async def test_without_an_engine_nothing_is_recorded_and_the_page_says_so(desk: Desk) -> None:
    bought = await desk.purchase()
    path = await desk.link(bought["id"])
    desk.engine.is_up = False
    assert problem_code(await desk.door.client().post(f"{path}/accept", json=GIVEN), 503) == "engine_unreachable"
    page = await desk.browser().post(f"{path}/accept", data=FORM)
    assert page.status_code == 503
    assert "Nothing was recorded" in words(page)
    desk.engine.is_up = True
    assert (await desk.browser().post(f"{path}/accept", data=FORM)).status_code == 303
    assert await state(desk, bought["id"]) == "active"


async def test_the_evidence_of_an_acceptance_is_whole(desk: Desk) -> None:
    customer = await desk.customer()
    bought = await desk.purchase(customer_id=customer)
    path = await desk.link(bought["id"])
    await desk.browser().post(f"{path}/accept", data=FORM)
    async with desk.database.read() as connection:
        (evidence,) = await list_evidence(connection, customer)
        on_file = await connection.scalar(select(customers.c.eca_acceptance_id).where(customers.c.id == customer))
    assert evidence.id == on_file
    assert (evidence.decision, evidence.name, evidence.job_title) == ("accepted", "Lena Recht", "General Counsel")
    assert (evidence.acceptor_email, evidence.may_bind, evidence.decided_at) == (ACCEPTOR, True, NOW)
    assert (evidence.user_agent, evidence.ip) == ("A browser", "127.0.0.1")
    assert (evidence.document_version, evidence.document_language) == ("2026.1", "en")
    (mail,) = await desk.mails(subscription_id=bought["id"], kind="eca_request")
    assert evidence.message_ids == (mail["message_id"],)


async def test_the_evidence_of_a_decline_keeps_the_reason_and_nothing_is_on_file(desk: Desk) -> None:
    customer = await desk.customer()
    path = await desk.link((await desk.purchase(customer_id=customer))["id"])
    await desk.door.client().post(f"{path}/decline", json={"reason": "Wrong company."})
    async with desk.database.read() as connection:
        (evidence,) = await list_evidence(connection, customer)
        on_file = await connection.scalar(select(customers.c.eca_acceptance_id).where(customers.c.id == customer))
    assert (evidence.decision, evidence.reason, evidence.may_bind, on_file) == (
        "declined",
        "Wrong company.",
        False,
        None,
    )


async def test_the_database_keeps_no_token(desk: Desk) -> None:
    path = await desk.link((await desk.purchase())["id"])
    async with desk.database.read() as connection:
        (link,) = await connection.execute(select(eca_links))
    assert path.removeprefix("/eca/") not in str(link)
    assert (link.link_number, link.key_id) == (1, "k1")


async def test_an_acceptance_on_file_spares_the_next_purchase_its_request(desk: Desk) -> None:
    customer = await desk.customer()
    path = await desk.link((await desk.purchase(customer_id=customer))["id"])
    await desk.door.client().post(f"{path}/accept", json=GIVEN)
    second = await desk.purchase(customer_id=customer)
    assert (second["state"], second["eca"]["status"]) == ("active", "on_file")
    assert await desk.mails(subscription_id=second["id"], kind="eca_request") == []
