"""What a line of a basket says of its account beside its figures (CASH-025)."""

import json
from collections.abc import Iterator
from typing import Any

from cashiering_service.domain.basket import Line, LineKind
from cashiering_service.domain.basket_terms import BasketTerms
from cashiering_service.domain.bill_face import UNKNOWN
from cashiering_service.domain.findings import BillKnown, Book
from millage.cashiering.v1 import basket_pb2 as pb


def details(line: Line, bill: BillKnown | None, book: Book, terms: BasketTerms) -> dict[str, Any]:
    """Value, specials, revenue accounts, flags and what was asked for in fields of a source."""
    face = bill.face if bill else UNKNOWN
    charges = line.quoted.charges if line.quoted else ()
    return {
        "part": face.part if bill else "",
        "successor_number": bill.successor_number if bill else "",
        "value_dollars": face.net_value_dollars or 0,
        "specials_cents": face.specials_of(sum(one.tax_cents for one in charges)),
        "revenue_accounts": face.revenue_accounts,
        "plan_number": line.details.get("plan_number", ""),
        "plan_installment": line.details.get("plan_installment", ""),
        "flags": [] if bill is None else list(_flags(bill, book, terms)),
        "fields": json.loads(line.details["entry"]).get("fields", {})
        if line.kind is LineKind.SOURCE
        else {},
    }


def _flags(bill: BillKnown, book: Book, terms: BasketTerms) -> Iterator[pb.LineFlag]:
    """The flags on a bill or what it belongs to that are set up for the counter."""
    for flag in terms.flags:
        if book.flags.get(flag.flag, frozenset()) & bill.subjects:
            yield pb.LineFlag(flag=flag.flag, name=flag.name)
