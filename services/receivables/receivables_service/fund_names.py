"""What receivables keeps of levy's names of funds: the ledger names funds by their codes alone."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields, validate

from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.rows import Columns

_CODE = validate.Regexp(r"[A-Za-z0-9._-]{1,40}\Z")
_NAMES = Columns({"subcode": "text", "fund_name": "text"})


class FundNamedSeen(ReaderSchema):
    agency_code = fields.String(required=True, validate=_CODE)
    fund_code = fields.String(required=True, validate=_CODE)
    fund_name = fields.String(required=True)


def on_fund_named(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep each fund's newest name."""
    newest = {
        f"{event.data['agency_code']}/{event.data['fund_code']}": event.data["fund_name"]
        for event in events
    }
    _NAMES.insert(
        work.connection, "fund_names", sorted(newest.items()),
        "on conflict (subcode) do update set fund_name = excluded.fund_name",
    )  # fmt: skip


FUND_NAMED = Subscription(
    owner="levy",
    event="FundNamed.v1",
    method="on_fund_named",
    schema=FundNamedSeen(),
    handle=on_fund_named,
    # A fund's sequence is the tax year: the newest year's name counts.
    ordering=Ordering.NEWEST,
)
