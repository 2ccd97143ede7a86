"""Who sees what: a partner itself, the resellers below it and their customers; nothing else exists for it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import pytest

from support_problems import refused
from support_product import Json, Running, Seat
from support_states import ACCEPTOR, pending
from support_tenants import addresses_of, new_partner, reseller_seat, seat_of


@dataclass(frozen=True)
class Belongings:
    """A reseller, and something of everything that belongs to it."""

    partner_id: str
    reseller: Seat
    customer: str
    bought: Json
    refund: Json

    @property
    def addresses(self) -> tuple[str, ...]:
        return (*addresses_of(self.bought, self.refund), f"/v1/partners/{self.partner_id}")


def user_of(seat: Seat) -> str:
    """The address of a new user of the partner, in another case than it was given."""
    email = f"{uuid.uuid4().hex}@seller.example"
    seat.done(seat.post("/v1/users", {"email": email, "name": "Someone", "role": "technician"}), 201)
    return email.upper()


@pytest.fixture
def belongings(seat: Seat) -> Belongings:
    partner_id, reseller = reseller_seat(seat)
    bought = reseller.bought()
    refund = reseller.done(reseller.refund(bought["transaction"], 1), 201)
    return Belongings(partner_id, reseller, bought["customer_id"], bought, refund)


def lists(seat: Seat, belongings: Belongings) -> list[int]:
    """How many of the reseller's things each list shows."""
    query = {"customer_id": belongings.customer}
    paths = ("/v1/subscriptions", "/v1/transactions", "/v1/refunds")
    found = [len(seat.get(path, **query)["data"]) for path in paths]
    customers = seat.get("/v1/customers", managing_partner_id=belongings.partner_id)["data"]
    return [*found, len(customers)]


def test_the_reseller_its_distributor_and_the_operator_see_it(
    belongings: Belongings, seat: Seat, operator: Seat
) -> None:
    for who in (belongings.reseller, seat, operator):
        for address in belongings.addresses:
            assert who.http.get(address).status_code == 200, address
        assert lists(who, belongings) == [1, 2, 1, 1]


def test_for_a_sibling_and_for_another_distributor_it_does_not_exist(
    belongings: Belongings, running: Running, seat: Seat, operator: Seat
) -> None:
    _, sibling = reseller_seat(seat)
    stranger = seat_of(running, new_partner(operator)["id"])

    for who in (sibling, stranger):
        for address in belongings.addresses:
            refused(who.http.get(address), "not_found", 404)
        assert lists(who, belongings) == [0, 0, 0, 0]
        assert who.get("/v1/sandbox/mailbox")["data"] == []


def test_a_sibling_changes_nothing_of_it(belongings: Belongings, seat: Seat) -> None:
    _, sibling = reseller_seat(seat)
    id_ = belongings.bought["id"]
    address = f"/v1/subscriptions/{id_}"

    for command in ("inventory", "suspend", "enable", "cancel", "eca/resend"):
        refused(sibling.http.post(f"{address}/{command}", content=b"{"), "not_found", 404)
    for command in ("renewal-inventory", "renewal-mode", "eca/acceptor"):
        refused(sibling.http.put(f"{address}/{command}", content=b"{"), "not_found", 404)
    refused(sibling.patch(f"/v1/customers/{belongings.customer}", {"city": "Ulm"}), "not_found", 404)
    body = sibling.purchase_body(customer_id=belongings.customer)
    refused(sibling.post("/v1/subscriptions", body), "customer_not_found", 404)
    refused(sibling.refund(belongings.bought["transaction"], 1), "transaction_line_not_found", 404)
    advance = {"subscription_ids": [id_], "to": "2027-01-01"}
    refused(sibling.http.post("/v1/sandbox/advance", json=advance), "not_found", 404)
    assert seat.subscription(id_)["version"] == belongings.reseller.subscription(id_)["version"]


def test_a_reseller_sees_neither_its_distributor_nor_its_siblings(belongings: Belongings, seat: Seat) -> None:
    distributor = seat.get("/v1/me")["partner"]["id"]
    own = seat.bought()

    assert [item["id"] for item in belongings.reseller.get("/v1/partners")["data"]] == [belongings.partner_id]
    refused(belongings.reseller.http.get(f"/v1/partners/{distributor}"), "not_found", 404)
    refused(belongings.reseller.http.get(f"/v1/subscriptions/{own['id']}"), "not_found", 404)


def test_the_distributor_acts_for_its_reseller_s_customer(belongings: Belongings, seat: Seat) -> None:
    bought = seat.bought(customer_id=belongings.customer)

    assert (bought["reseller_id"], bought["transaction"]["reseller_id"]) == (belongings.partner_id,) * 2
    assert belongings.reseller.subscription(bought["id"])["id"] == bought["id"]


def test_the_partner_that_gets_a_mail_is_the_managing_reseller(belongings: Belongings, seat: Seat) -> None:
    billing = seat.get(f"/v1/partners/{belongings.partner_id}")["billing_contact_email"]
    seat.advance(belongings.bought["id"], belongings.bought["start_date"])

    told = belongings.reseller.mails(belongings.bought["id"], kind="activated")

    assert sorted(mail["to"] for mail in told) == sorted(["ann@company.example", billing])


def test_an_acceptor_is_nobody_of_the_reseller_or_its_distributor(belongings: Belongings, seat: Seat) -> None:
    billing = seat.get(f"/v1/partners/{belongings.partner_id}")["billing_contact_email"]
    people = [user_of(belongings.reseller), user_of(seat)]
    for address in (billing.upper(), "billing@distributor.example", *people):
        order = {"offering": "managed-tls", "customer_id": belongings.customer, "eca_acceptor_email": address}
        refused(seat.post("/v1/subscriptions", seat.purchase_body(**order)), "acceptor_is_partner", 422)


def test_a_user_of_a_stranger_may_accept(belongings: Belongings, seat: Seat, operator: Seat) -> None:
    _, sibling = reseller_seat(seat)
    for address in (user_of(sibling), user_of(operator)):
        bought = pending(seat, customer_id=belongings.customer, eca_acceptor_email=address)
        assert bought["eca"]["acceptor_email"] == address.replace("SELLER.EXAMPLE", "seller.example")


def test_the_acceptor_is_not_changed_to_a_user_of_the_seller(belongings: Belongings, seat: Seat) -> None:
    waiting = pending(belongings.reseller, customer_id=belongings.customer)
    body = {"eca_acceptor_email": user_of(belongings.reseller)}
    refused(seat.put(f"/v1/subscriptions/{waiting['id']}/eca/acceptor", body), "acceptor_is_partner", 422)


def test_only_operators_see_the_workflow_and_cancel_what_runs(seat: Seat, operator: Seat) -> None:
    bought = seat.bought()

    assert "workflow_url" not in seat.subscription(bought["id"])
    assert operator.subscription(bought["id"])["workflow_url"].endswith(f"/workflows/subscription%2F{bought['id']}")
    ended = operator.done(operator.command(bought["id"], "cancel", reason="fraud"))
    assert (ended["state"], ended["state_reason"], ended["transaction"]) == ("cancelled", "ops_cancelled", None)
    assert len(seat.transactions(bought["id"])) == 1


def test_a_disabled_reseller_only_learns_who_it_is_and_everything_else_goes_on(
    belongings: Belongings, seat: Seat
) -> None:
    reseller, customer = belongings.reseller, belongings.customer
    waiting = pending(reseller, customer_id=customer)
    seat.done(seat.patch(f"/v1/partners/{belongings.partner_id}", {"state": "disabled"}))

    assert reseller.get("/v1/me")["partner"]["state"] == "disabled"
    for address in (*belongings.addresses, "/v1/catalog", "/v1/subscriptions"):
        refused(reseller.http.get(address), "partner_disabled", 403)
    refused(reseller.post("/v1/subscriptions", {}), "partner_disabled", 403)
    # Its distributor goes on acting, its customers' links work, its subscriptions renew.
    assert seat.accept_eca(waiting["id"]).status_code == 200
    assert seat.bought(customer_id=customer)["reseller_id"] == belongings.partner_id
    assert seat.subscription(waiting["id"])["state"] == "active"
    soon = seat.bought(customer_id=customer, start_date="2025-11-23")
    assert seat.advance(soon["id"], soon["end_date"])["term_number"] == 2
    seat.done(seat.patch(f"/v1/partners/{belongings.partner_id}", {"state": "enabled"}))
    assert reseller.subscription(waiting["id"])["eca"]["acceptor_email"] == ACCEPTOR
