from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from support_contract import document
from support_openapi_changes import changes_between

Json = dict[str, Any]
CUSTOMERS = "/v1/customers"


def _schemas(found: Json) -> Json:
    schemas: Json = found["components"]["schemas"]
    return schemas


def _properties(found: Json, name: str) -> Json:
    properties: Json = _schemas(found)[name]["properties"]
    return properties


def _without_an_operation(found: Json) -> None:
    del found["paths"][CUSTOMERS]["post"]


def _renamed(found: Json) -> None:
    found["paths"][CUSTOMERS]["post"]["operationId"] = "make_customer"


def _other_scope(found: Json) -> None:
    found["paths"][CUSTOMERS]["post"]["x-scope"] = "admin"


def _answer_gone(found: Json) -> None:
    del found["paths"][CUSTOMERS]["post"]["responses"]["201"]


def _code_gone(found: Json) -> None:
    found["paths"][CUSTOMERS]["post"]["responses"]["409"]["x-problem-codes"].pop()


def _parameter_gone(found: Json) -> None:
    found["paths"][CUSTOMERS]["get"]["parameters"].pop()


def _member_gone(found: Json) -> None:
    del _properties(found, "Customer")["city"]


def _no_longer_sure(found: Json) -> None:
    _schemas(found)["Customer"]["required"].remove("city")


def _may_be_null(found: Json) -> None:
    _properties(found, "Customer")["city"] = {"anyOf": [{"type": "string"}, {"type": "null"}]}


def _value_gone_of_an_answer(found: Json) -> None:
    _schemas(found)["State"]["enum"].pop()


def _new_value_of_an_answer(found: Json) -> None:
    _schemas(found)["State"]["enum"].append("frozen")


def _new_required_member(found: Json) -> None:
    _properties(found, "NewCustomerBody")["vat_id"] = {"type": "string"}
    _schemas(found)["NewCustomerBody"]["required"].append("vat_id")


def _shorter(found: Json) -> None:
    _properties(found, "NewCustomerBody")["city"]["maxLength"] = 10


def _other_type(found: Json) -> None:
    _properties(found, "PurchaseBody")["term_months"] = {"type": "string"}


BREAKING: list[Callable[[Json], None]] = [
    *(_without_an_operation, _renamed, _other_scope, _answer_gone, _code_gone, _parameter_gone, _member_gone),
    *(_no_longer_sure, _may_be_null, _value_gone_of_an_answer, _new_value_of_an_answer, _new_required_member),
    *(_shorter, _other_type),
]


def _new_operation(found: Json) -> None:
    found["paths"]["/v1/new"] = deepcopy(found["paths"][CUSTOMERS])


def _new_member_of_an_answer(found: Json) -> None:
    _properties(found, "Customer")["vat_id"] = {"type": "string"}


def _new_optional_member(found: Json) -> None:
    _properties(found, "NewCustomerBody")["vat_id"] = {"type": "string"}


def _longer(found: Json) -> None:
    _properties(found, "NewCustomerBody")["city"]["maxLength"] = 1000


def _new_code(found: Json) -> None:
    found["paths"][CUSTOMERS]["post"]["responses"]["409"]["x-problem-codes"].append("another")


def _new_parameter(found: Json) -> None:
    found["paths"][CUSTOMERS]["get"]["parameters"].append({"name": "x", "in": "query", "schema": {"type": "string"}})


def _null_is_taken(found: Json) -> None:
    _properties(found, "NewCustomerBody")["city"] = {"anyOf": [{"type": "string"}, {"type": "null"}]}


ADDITIVE: list[Callable[[Json], None]] = [
    *(_new_operation, _new_member_of_an_answer, _new_optional_member, _longer, _new_code, _new_parameter),
    _null_is_taken,
]


@pytest.mark.parametrize("change", BREAKING, ids=lambda change: change.__name__.strip("_"))
def test_what_breaks_a_client_is_called_so(change: Callable[[Json], None]) -> None:
    after = deepcopy(document())
    change(after)
    found = changes_between(document(), after)
    assert any(one.breaks for one in found), found
    assert str(found[0]).startswith("BREAKS A CLIENT")


@pytest.mark.parametrize("change", ADDITIVE, ids=lambda change: change.__name__.strip("_"))
def test_what_only_adds_breaks_nobody(change: Callable[[Json], None]) -> None:
    after = deepcopy(document())
    change(after)
    found = changes_between(document(), after)
    assert found
    assert not any(one.breaks for one in found), [str(one) for one in found]


def test_the_same_document_is_unchanged() -> None:
    assert changes_between(document(), deepcopy(document())) == []
