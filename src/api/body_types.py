"""The types of body members: formats and counts, each with the code of its own problem."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from intake.country_codes import COUNTRY_CODES
from lifecycle.inventory import MAX_QUANTITY
from lifecycle.months import Month

MAX_EMAIL_LENGTH = 254
MAX_TOTAL = 10**15

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z", re.ASCII)
_ID = re.compile(r"[a-z]{2,4}_[0-9a-z]{1,35}", re.ASCII)
_PHONE = re.compile(r"\+?[0-9 ().-]{5,32}", re.ASCII)
_EXTENSION = re.compile(r"[0-9]{1,10}", re.ASCII)
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(
    rf"(?P<local>[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~-]+)*)"
    rf"@(?P<domain>{_LABEL}(?:\.{_LABEL})+)",
    re.ASCII,
)
_MAX_LOCAL_LENGTH = 64
NO_ID = "-"  # names nothing


class Body(BaseModel):
    """A request's body: no unknown member, no conversion. `missing_codes` name what a missing member is called."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    missing_codes: ClassVar[dict[str, str]] = {}


def _without_controls(value: str) -> str:
    if any(unicodedata.category(character) == "Cc" for character in value):
        raise PydanticCustomError("invalid_characters", "Control characters are not allowed.")
    return value


def _blank_is_none(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _email(value: str) -> str:
    match = _EMAIL.fullmatch(value)
    if match is None or len(value) > MAX_EMAIL_LENGTH or len(match["local"]) > _MAX_LOCAL_LENGTH:
        raise PydanticCustomError("invalid_email", "This is not one e-mail address.")
    return f"{match['local']}@{match['domain'].lower()}"


def _day(value: Any) -> date:
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError("invalid_date", "A day is written YYYY-MM-DD.")


def _moment(value: Any) -> datetime:
    try:
        if isinstance(value, str) and _MOMENT.fullmatch(value):
            return datetime.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError("invalid_instant", "An instant is written YYYY-MM-DDThh:mm:ssZ.")


def _month(value: Any) -> Month:
    try:
        if isinstance(value, str):
            return Month.parse(value)
    except ValueError:
        pass
    raise PydanticCustomError("invalid_month", "A month is written YYYY-MM.")


def _id(value: str) -> str:
    return value if _ID.fullmatch(value) else NO_ID


def _quantity(value: int) -> int:
    if not 1 <= value <= MAX_QUANTITY:
        raise PydanticCustomError("quantity_out_of_range", "A quantity is 1 to {most}.", {"most": MAX_QUANTITY})
    return value


def _phone(value: str) -> str:
    if _PHONE.fullmatch(value) is None:
        raise PydanticCustomError("invalid_phone", "A phone number has 5 to 32 of digits, spaces and ().-")
    return value


def _extension(value: str) -> str:
    if _EXTENSION.fullmatch(value) is None:
        raise PydanticCustomError("invalid_extension", "An extension has 1 to 10 digits.")
    return value


def _country(value: str) -> str:
    if value not in COUNTRY_CODES:
        raise PydanticCustomError("invalid_country", "A country is an ISO 3166-1 alpha-2 code.")
    return value


_Clean = AfterValidator(_without_controls)
_Blank = BeforeValidator(_blank_is_none)

Text16 = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=16), _Clean]
Text32 = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=32), _Clean]
Text64 = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64), _Clean]
Text100 = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), _Clean]
Text200 = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), _Clean]
Text500 = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), _Clean]

# What is blank is none, so these have no least length.
OptionalText16 = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, max_length=16), _Clean] | None, _Blank
]
OptionalText32 = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, max_length=32), _Clean] | None, _Blank
]
OptionalText100 = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, max_length=100), _Clean] | None, _Blank
]
OptionalText200 = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), _Clean] | None, _Blank
]
Reason = Annotated[Annotated[str, StringConstraints(strip_whitespace=True, max_length=500), _Clean] | None, _Blank]
ReferenceId = Text64

Code = Annotated[str, StringConstraints(min_length=1, max_length=64), _Clean]
Email = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_email)]
Phone = Annotated[str, AfterValidator(_phone)]
Extension = Annotated[str, AfterValidator(_extension)]
Country = Annotated[str, AfterValidator(_country)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Day = Annotated[date, BeforeValidator(_day, json_schema_input_type=date)]
Moment = Annotated[datetime, BeforeValidator(_moment, json_schema_input_type=datetime)]
CalendarMonth = Annotated[Month, BeforeValidator(_month, json_schema_input_type=str)]
Id = Annotated[str, AfterValidator(_id)]
Quantity = Annotated[int, AfterValidator(_quantity), Field(json_schema_extra={"minimum": 1, "maximum": MAX_QUANTITY})]
Total = Annotated[int, Field(ge=0, le=MAX_TOTAL)]
