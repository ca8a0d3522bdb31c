"""Sources and entries as the API words them."""

from datetime import date
from decimal import Decimal
from typing import Any

from cashiering_service.domain.sources import AmountMode, Entry, Input, InputType, ParcelTie, Source
from cashiering_service.topic_api import CODE_MAX, NAME_MAX, TEXT_MAX
from millage.cashiering.v1 import sources_pb2 as pb
from taxkit import requests
from taxkit.errors import invalid
from taxkit.money import CENTS_MAX

_DIGITS_MAX = 12
_TEXTS = {
    "source_code": CODE_MAX,
    "name": NAME_MAX,
    "short_name": NAME_MAX,
    "source_group": NAME_MAX,
    "credit_fund": CODE_MAX,
    "credit_account": CODE_MAX,
    "debit_fund": CODE_MAX,
    "debit_account": CODE_MAX,
}
_MORE_TEXTS = {
    "source_type": CODE_MAX,
    "rate_type": CODE_MAX,
    "distribution_method": CODE_MAX,
    "service_url": TEXT_MAX,
    "required_by_flag": CODE_MAX,
}
_MODES = {
    pb.AMOUNT_MODE_FLAT: AmountMode.FLAT,
    pb.AMOUNT_MODE_ENTERED: AmountMode.ENTERED,
    pb.AMOUNT_MODE_SEVERAL: AmountMode.SEVERAL,
    pb.AMOUNT_MODE_PER_UNIT: AmountMode.PER_UNIT,
    pb.AMOUNT_MODE_PERCENT: AmountMode.PERCENT,
}
_TIES = {
    pb.PARCEL_TIE_UNSPECIFIED: ParcelTie.NONE,
    pb.PARCEL_TIE_NONE: ParcelTie.NONE,
    pb.PARCEL_TIE_OPTIONAL: ParcelTie.OPTIONAL,
    pb.PARCEL_TIE_REQUIRED: ParcelTie.REQUIRED,
}
_TYPES = {
    pb.INPUT_TYPE_TEXT: InputType.TEXT,
    pb.INPUT_TYPE_NUMBER: InputType.NUMBER,
    pb.INPUT_TYPE_DATE: InputType.DATE,
    pb.INPUT_TYPE_CHOICE: InputType.CHOICE,
    pb.INPUT_TYPE_YES_NO: InputType.YES_NO,
}


def read_source(given: pb.Source) -> Source:
    mode = _MODES.get(given.amount_mode)
    if mode is None:
        raise invalid("AMOUNT_MODE_MISSING", "say how its amount comes about", "source.amount_mode")
    if given.parcel_tie not in _TIES:
        raise invalid("PARCEL_TIE_UNKNOWN", "none, optional or required", "source.parcel_tie")
    texts = _texts(given, {**_TEXTS, **_MORE_TEXTS}, "source.")
    return Source(
        **{**texts, "source_type": texts["source_type"] or "standard"},
        effective_from=requests.required_date(given.effective_from, "source.effective_from"),
        amount_mode=mode,
        amount_cents=given.amount_cents,
        amount_names=tuple(given.amount_names),
        parcel_tie=_TIES[given.parcel_tie],
        inputs=tuple(_input(one, place) for place, one in enumerate(given.inputs)),
        is_active=not given.inactive,
        percent=_percent(given.percent),
    )


def _percent(text: str) -> Decimal | None:
    digits = text.replace(".", "", 1)
    if text and not (digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS_MAX):
        raise invalid("SOURCE_PERCENT_INVALID", f"{text[:20]!r}: write 2 or 2.35", "source.percent")
    return Decimal(text) if text else None


def read_plain_source(given: pb.AddSourceAtCaptureRequest) -> Source:
    return Source(
        **_texts(given, _TEXTS, ""),
        source_type="standard",
        effective_from=requests.required_date(given.effective_from, "effective_from"),
        amount_mode=AmountMode.ENTERED,
        amount_cents=0,
        amount_names=(),
        parcel_tie=ParcelTie.OPTIONAL,
    )


def _texts(given: Any, lengths: dict[str, int], prefix: str) -> dict[str, Any]:
    return {
        name: requests.plain_text(getattr(given, name), prefix + name, length)
        for name, length in lengths.items()
    }


def _input(given: pb.Input, place: int) -> Input:
    input_type, where = _TYPES.get(given.input_type), f"source.inputs[{place}]"
    if input_type is None:
        raise invalid("INPUTS_INVALID", "say of which type it is", f"{where}.input_type")
    choices = [requests.plain_text(one, f"{where}.choices", NAME_MAX) for one in given.choices]
    return Input(given.name, input_type, given.required, tuple(choices))


def source_answer(source: Source) -> pb.Source:
    texts: dict[str, Any] = {name: getattr(source, name) for name in {**_TEXTS, **_MORE_TEXTS}}
    return pb.Source(
        **texts,
        effective_from=source.effective_from.isoformat(),
        amount_mode=_number(_MODES, source.amount_mode),
        amount_cents=source.amount_cents,
        amount_names=source.amount_names,
        parcel_tie=_number({**_TIES, pb.PARCEL_TIE_UNSPECIFIED: None}, source.parcel_tie),
        inputs=[
            pb.Input(
                name=one.name,
                input_type=_number(_TYPES, one.input_type),
                required=one.required,
                choices=one.choices,
            )
            for one in source.inputs
        ],
        inactive=not source.is_active,
        percent=format(source.percent.normalize(), "f") if source.percent is not None else "",
    )


def _number(words: dict[Any, Any], wanted: Any) -> Any:
    return next(number for number, word in words.items() if word is wanted)


def read_entry(given: pb.SourceEntry, where: str) -> Entry:
    """Read what is said of a line; what it costs and lacks is judged by the domain."""
    for name, cents in (("amount_cents", given.amount_cents), ("units", given.units)):
        if not -CENTS_MAX <= cents <= CENTS_MAX:
            raise invalid("AMOUNT_TOO_LARGE", f"{name} is beyond every amount", f"{where}.{name}")
    return Entry(
        requests.plain_text(given.source_code, f"{where}.source_code", CODE_MAX),
        given.amount_cents,
        tuple((one.name, one.amount_cents) for one in given.amounts),
        given.units,
        requests.plain_text(given.parcel_number, f"{where}.parcel_number", CODE_MAX),
        {
            name: requests.plain_text(given.fields[name], f"{where}.fields", TEXT_MAX)
            for name in sorted(given.fields)
        },
        requests.optional_date(given.effective_on, f"{where}.effective_on"),
    )


def day_asked(text: str, today: date) -> date:
    return requests.optional_date(text, "as_of") or today
