"""What is sent and what is read: text of queries, JSON of bodies, models of answers, settings."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from perennial_client import NO_RETRIES, OMIT, Perennial, SettingMissingError, UnexpectedAnswerError, models
from perennial_client._calls import body_of, query_of, segment

AT = datetime(2026, 11, 22, 10, 30, tzinfo=timezone(timedelta(hours=1)))


def test_a_query_has_what_is_given_as_text() -> None:
    given = {"on": date(2026, 11, 22), "refundable": True, "limit": 5, "q": "a b", "cursor": None, "state": OMIT}
    assert query_of(given) == {"on": "2026-11-22", "refundable": "true", "limit": "5", "q": "a b"}


def test_a_body_keeps_null_and_leaves_out_what_is_omitted() -> None:
    given = {"name": None, "state": OMIT, "expires_at": AT, "lines": [{"quantity": 1, "to": OMIT}], "scopes": ("read",)}
    body = {"name": None, "expires_at": "2026-11-22T09:30:00Z", "lines": [{"quantity": 1}], "scopes": ["read"]}
    assert body_of(given) == body


def test_an_instant_without_zone_and_what_is_no_json_are_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        body_of({"expires_at": AT.replace(tzinfo=None)})
    with pytest.raises(TypeError):
        body_of({"name": object()})


def test_an_id_leads_nowhere_else() -> None:
    assert segment("sub_1/../x?y#z") == "sub_1%2F..%2Fx%3Fy%23z"
    for value in ("", ".", ".."):
        with pytest.raises(ValueError, match="no id"):
            segment(value)


def test_a_model_is_read_by_its_types_and_keeps_what_it_does_not_know() -> None:
    raw = {
        "on": "2026-11-22",
        "price_list": None,
        "currency": "USD",
        "offerings": [],
        "clm_tiers": [],
        "products": [
            {
                "code": "tls",
                "name": "TLS",
                "what": "x",
                "max_validity_days": 398,
                "prices": {"12": {"amount": 1, "currency": "USD"}},
            }
        ],
        "new": {"a": 1},
    }
    catalog = models.Catalog.from_json(raw)
    assert catalog.on == date(2026, 11, 22)
    assert catalog.products[0].prices == {"12": models.Money(amount=1, currency="USD")}
    assert catalog.raw["new"] == {"a": 1}
    assert models.Money(amount=1, currency="USD").raw == {}


def test_a_value_that_is_new_to_a_list_is_read_over() -> None:
    command = models.Command.from_json({"command_id": "cmd_1", "kind": "new", "state": "resting"})
    assert (command.state, command.problem) == ("resting", None)


def test_what_is_shown_once_is_not_in_its_text() -> None:
    shown = {name: field for kind in _models() for name, field in kind.__dataclass_fields__.items() if not field.repr}
    assert shown.keys() == {"key", "secret", "setup_secret"}


def _models() -> list[Any]:
    found = [getattr(models, name) for name in models.__all__]
    return [kind for kind in found if isinstance(kind, type)]


@pytest.mark.parametrize("raw", [None, [], {"amount": 1}, {"currency": "USD"}])
def test_what_is_no_such_model_is_said(raw: object) -> None:
    with pytest.raises(UnexpectedAnswerError, match="Money"):
        models.Money.from_json(raw)


def test_a_member_that_cannot_be_read_is_named() -> None:
    raw = {"id": "sub_1", "today": "tomorrow", "state": "active"}
    with pytest.raises(UnexpectedAnswerError, match=r"Moved\.today"):
        models.Moved.from_json(raw)


def test_a_member_whose_name_python_keeps_for_itself_is_read() -> None:
    raw = dict.fromkeys(("type", "title", "detail", "instance", "code", "request_id"), "x")
    assert models.Problem.from_json({**raw, "status": 409}).type_ == "x"


def test_address_and_key_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERENNIAL_URL", "http://door.example/")
    monkeypatch.delenv("PERENNIAL_API_KEY", raising=False)
    with pytest.raises(SettingMissingError, match="PERENNIAL_API_KEY"):
        Perennial()
    monkeypatch.setenv("PERENNIAL_API_KEY", "pk_secret")
    with Perennial() as perennial, perennial.with_options(retries=NO_RETRIES) as impatient:
        assert "http://door.example'" in repr(perennial)
        assert "times=0" in repr(impatient)
        assert "pk_secret" not in repr(perennial)
