"""Lines for miscellaneous sources, as they are stored and told on the bus."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb

from cashiering_service.domain.receipt import ReceiptLine


def source_columns(line: ReceiptLine) -> tuple[object, ...]:
    """What is stored of a line beyond the plain."""
    assert line.priced is not None
    source = line.priced.source
    return (
        source.effective_from,
        Jsonb(dict(line.priced.fields)),
        source.credit_fund,
        source.credit_account,
        source.debit_fund,
        source.debit_account,
    )


def told_line(line: ReceiptLine) -> dict[str, Any]:
    """What the bus is told of a line just posted that is for a source."""
    if line.priced is None:
        return {}
    source = line.priced.source
    funds = (source.credit_fund, source.credit_account, source.debit_fund, source.debit_account)
    return _told(source.source_code, line.priced.fields, funds)


def told_stored_line(row: Any) -> dict[str, Any]:
    """The same of a stored line, for its reversal."""
    if row.source_code is None:
        return {}
    funds = (row.credit_fund, row.credit_account, row.debit_fund, row.debit_account)
    return _told(row.source_code, row.said, funds)


def _told(code: str, said: Mapping[str, str], funds: Sequence[str]) -> dict[str, Any]:
    names = ("credit_fund", "credit_account", "debit_fund", "debit_account")
    return {"source_code": code, "fields": dict(said), **dict(zip(names, funds, strict=True))}
