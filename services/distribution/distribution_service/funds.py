"""What distribution keeps of levy's names of funds: shares name funds by their codes alone."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields, validate

from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.rows import Columns

_CODE = validate.Regexp(r"[A-Za-z0-9._-]{1,40}\Z")
_NAMES = Columns({"agency_code": "text", "fund_code": "text", "fund_name": "text"})


class FundNamedSeen(ReaderSchema):
    agency_code = fields.String(required=True, validate=_CODE)
    fund_code = fields.String(required=True, validate=_CODE)
    fund_name = fields.String(required=True)


def on_fund_named(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep each fund's newest name."""
    newest = {
        (event.data["agency_code"], event.data["fund_code"]): event.data["fund_name"]
        for event in events
    }
    rows = [(*key, name) for key, name in sorted(newest.items())]
    _NAMES.insert(
        work.connection, "fund_names", rows,
        "on conflict (agency_code, fund_code) do update set fund_name = excluded.fund_name",
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
