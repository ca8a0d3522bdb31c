"""The short way reads what marshmallow reads, and leaves it every doubt."""

from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import (
    Schema,
    ValidationError,
    fields,
    post_load,
    pre_load,
    validate,
    validates_schema,
)

from taxkit import quickread
from taxkit.contracts import ReaderSchema

IDS = ["01937c3e-0000-7000-8000-000000000001", "{01937c3e-0000-7000-8000-000000000001}", "nothing"]
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=12),
    st.sampled_from([*IDS, "2022-12-15", "20221215", "2022-W01-1", "2022-02-30", "1", "yes"]),
    st.sampled_from(["2022-12-15T10:00:00+00:00", "2022-12-15T10:00:00", "2022-12-15T10:00:00Z"]),
    st.just([]), st.just({}),
)  # fmt: skip


class Word(StrEnum):
    YES = "yes"
    NO = "no"


class Part(ReaderSchema):
    number = fields.Integer(required=True, strict=True, validate=validate.Range(1, 9))
    amount = fields.Integer(load_default=0)
    due_on = fields.Date(required=True, data_key="due")


class Whole(ReaderSchema):
    whole_id = fields.UUID(required=True)
    name = fields.String(required=True, validate=validate.Length(max=10))
    email = fields.String(allow_none=True, load_default=None)
    kind = fields.String(validate=validate.OneOf(["a", "b"]))
    is_open = fields.Boolean(load_default=True)
    at = fields.AwareDateTime(allow_none=True)
    word = fields.Enum(Word, by_value=True)
    parts = fields.List(fields.Nested(Part), required=True, validate=validate.Length(max=3))
    tags = fields.List(fields.String(), load_default=list)

    @validates_schema
    def check_parts(self, data: dict[str, Any], **_: object) -> None:
        if len({part["number"] for part in data["parts"]}) < len(data["parts"]):
            raise ValidationError("each number once", "parts")


def by_marshmallow(data: Any) -> Any:
    try:
        return Schema.load(Whole(), data)
    except ValidationError as error:
        return error.messages


def by_reader(data: Any) -> Any:
    try:
        return Whole().load(data)
    except ValidationError as error:
        return error.messages


PARTS = st.fixed_dictionaries(
    {
        "number": st.one_of(st.integers(0, 10), ODD),
        "due": st.one_of(st.dates().map(str), ODD),
    },
    optional={"amount": ODD, "extra": ODD},
)
WHOLES = st.fixed_dictionaries(
    {
        "whole_id": st.one_of(st.uuids().map(str), ODD),
        "name": st.one_of(st.text(max_size=12), ODD),
        "parts": st.one_of(st.lists(PARTS, max_size=4), ODD),
    },
    optional=dict.fromkeys(["email", "kind", "is_open", "at", "word", "tags", "other"], ODD),
)


@given(st.one_of(WHOLES, ODD))
def test_both_ways_read_the_same_and_refuse_the_same(data: Any):
    """Values of any type in any place: same result, or the same words of refusal."""
    assert by_marshmallow(data) == by_reader(data)


def test_what_is_right_takes_the_short_way():
    read = quickread.compiled(Whole())

    assert read is not None
    assert read({"whole_id": IDS[0], "name": "x", "parts": [{"number": 1, "due": "2022-12-15"}]})


def test_what_is_made_of_it_in_the_end_takes_the_short_way_too():
    class Finished(ReaderSchema):
        name = fields.String()

        @post_load
        def made(self, data: dict[str, Any], **_: object) -> str:
            return data["name"]

    read = quickread.compiled(Finished())

    assert read is not None
    assert read({"name": "x"}) == Schema.load(Finished(), {"name": "x"}) == "x"


def test_a_schema_with_other_hooks_is_marshmallow_s():
    class Hooked(ReaderSchema):
        name = fields.String()

        @pre_load
        def made(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
            return {"name": data["called"]}

    assert quickread.compiled(Hooked()) is None
    assert Hooked().load({"called": "x"}) == {"name": "x"}


@pytest.mark.parametrize("data", [{"tags": None}, {"whole_id": 1}, [], None])
def test_a_doubt_is_not_an_answer(data: Any):
    read = quickread.compiled(Whole())

    assert read is not None
    with pytest.raises(quickread.NOT_PLAIN):
        read(data)
