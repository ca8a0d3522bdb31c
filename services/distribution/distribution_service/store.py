"""Distribution's SQL on the way in: whole batches, one statement each."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from distribution_service.domain.sharing import BillShares, Posting, Share
from distribution_service.domain.terms import ChargeType
from taxkit import together
from taxkit.arrays import packed
from taxkit.rows import Columns


class BillRow(NamedTuple):
    """A bill as stored; `shares` is None while its lines are not known."""

    bill_id: UUID
    tax_year: int | None
    shares: BillShares | None
    last_sequence: int
    # The version its lines are of.
    bill_version: int = 1


class NewBill(NamedTuple):
    bill_id: UUID
    tax_year: int
    shares: BillShares


# bill, receipt and charge, agency
SharesOfReceipts = dict[UUID, dict[tuple[UUID, ChargeType], dict[str, int]]]


class Booking(NamedTuple):
    """Shares to enter under a posting."""

    posting: Posting
    kind: str
    shares: Sequence[Share]


_ALLOCATIONS = Columns(
    {
        "posting_id": "uuid",
        "receipt_id": "uuid",
        "charge_type": "text",
        "caused_by": "uuid",
        "bill_id": "uuid",
        "sequence": "bigint",
        "kind": "text",
        "business_date": "date",
        "tax_year": "integer",
        "amount_cents": "bigint",
        "shared": "boolean",
    }
)
_BY_FUND = Columns({**_ALLOCATIONS.types, "fund": "text"})
_SHARES = Columns(
    {
        "posting_id": "uuid",
        "first": "integer",
        "receipt_id": "uuid",
        "bill_id": "uuid",
        "agency_codes": "text",
        "charge_type": "text",
        "cents": "text",
        "rule_id": "text",
        "business_date": "date",
        "kind": "text",
    }
)
# A share is one row with an array of agencies; the database makes its entries of it.
_ENTER = f"""
insert into share_entries (posting_id, entry_number, receipt_id, bill_id, agency_code, charge_type,
                           amount_cents, rule_id, business_date, kind)
select v.posting_id, v.first + part.place, v.receipt_id, v.bill_id, part.agency_code, v.charge_type,
       part.amount_cents, v.rule_id, v.business_date, v.kind
from {_SHARES.source},
     unnest(v.agency_codes::text[], v.cents::bigint[]) with ordinality
         as part (agency_code, amount_cents, place)
where part.amount_cents <> 0
"""
_BILL_STATES = Columns(
    {"bill_id": "uuid", "held_cents": "text", "tax_cents": "bigint", "last_sequence": "bigint"}
)
_BILL_COLUMNS = (
    "bill_id, tax_year, agency_codes, line_cents, held_cents, tax_cents, last_sequence,"
    " bill_version"
)
_LOCK_BILLS = f"""
select {_BILL_COLUMNS} from bills where bill_id = any(%b::uuid[]) order by bill_id for update"""
_NEW_BILLS = Columns(
    {
        "bill_id": "uuid",
        "tax_year": "integer",
        "agency_codes": "text",
        "line_cents": "text",
        "held_cents": "text",
    }
)
# A bill known by its allocations alone is given its lines; lines once there stay.
_ISSUE = f"""
insert into bills (bill_id, tax_year, agency_codes, line_cents, held_cents)
select bill_id, tax_year, agency_codes::text[], line_cents::bigint[], held_cents::bigint[]
from {_NEW_BILLS.source} order by bill_id
on conflict (bill_id) do update set
    tax_year = coalesce(bills.tax_year, excluded.tax_year),
    agency_codes = coalesce(bills.agency_codes, excluded.agency_codes),
    line_cents = coalesce(bills.line_cents, excluded.line_cents),
    held_cents = coalesce(bills.held_cents, excluded.held_cents)
returning {_BILL_COLUMNS}
"""


def lock_bills(connection: Connection, bill_ids: Iterable[UUID]) -> dict[UUID, BillRow]:
    """Lock bills in the order of their ids; one never heard of is entered without lines."""
    wanted = sorted(set(bill_ids))
    found = _read_locked(connection, wanted)
    missing = [bill_id for bill_id in wanted if bill_id not in found]
    if missing:
        connection.exec_driver_sql(
            "insert into bills (bill_id) select b from unnest(%b::uuid[]) as v (b) order by b"
            " on conflict do nothing",
            (missing,),
        )
        found |= _read_locked(connection, missing)
    return found


def issue(connection: Connection, bills: Sequence[NewBill]) -> dict[UUID, BillRow]:
    """Enter bills with their lines; gives them as they now stand, locked."""
    params = _NEW_BILLS.params(
        (
            bill.bill_id,
            bill.tax_year,
            _text_array(bill.shares.agencies),
            _array(bill.shares.line_cents),
            _array(bill.shares.held_cents),
        )
        for bill in bills
    )
    return _bills(connection.exec_driver_sql(_ISSUE, params))


def correct(connection: Connection, bills: Sequence[NewBill], versions: Sequence[int]) -> None:
    """Give bills the lines of a later version; what agencies hold is worked out anew."""
    rows = [
        (
            bill.bill_id,
            bill.tax_year,
            _text_array(bill.shares.agencies),
            _array(bill.shares.line_cents),
            _array(bill.shares.held_cents),
            version,
        )
        for bill, version in zip(bills, versions, strict=True)
    ]
    columns = Columns({**_NEW_BILLS.types, "bill_version": "integer"})
    connection.exec_driver_sql(
        "update bills b set tax_year = v.tax_year, agency_codes = v.agency_codes::text[],"
        " line_cents = v.line_cents::bigint[], held_cents = v.held_cents::bigint[], tax_cents = 0,"
        f" bill_version = v.bill_version from {columns.source} where b.bill_id = v.bill_id",
        columns.params(rows),
    )


def save_bills(connection: Connection, bills: Sequence[BillRow]) -> None:
    """Store what the agencies now hold of each bill."""
    if bills:
        params = _BILL_STATES.params(
            (
                bill.bill_id,
                _array(bill.shares.held_cents) if bill.shares else None,
                bill.shares.tax_cents if bill.shares else 0,
                bill.last_sequence,
            )
            for bill in bills
        )
        together.execute(
            connection,
            "update bills b set held_cents = v.held_cents::bigint[], tax_cents = v.tax_cents,"
            f" last_sequence = v.last_sequence from {_BILL_STATES.source}"
            " where b.bill_id = v.bill_id",
            params,
        )


def keep_allocations(connection: Connection, postings: Sequence[tuple[Posting, bool]]) -> None:
    """Keep what receivables applied, and whether it could be shared at once."""
    by_fund = any(row.fund for posting, _ in postings for row in posting.rows)
    rows = [
        (
            posting.posting_id,
            row.receipt_id,
            row.charge_type.value,
            posting.receipt_id,
            posting.bill_id,
            posting.sequence,
            posting.kind,
            posting.business_date,
            posting.tax_year,
            row.amount_cents,
            shared,
            *((row.fund,) if by_fund else ()),
        )
        for posting, shared in postings
        for row in posting.rows
    ]
    (_BY_FUND if by_fund else _ALLOCATIONS).insert(connection, "allocations", rows)


def enter_shares(connection: Connection, bookings: Iterable[Booking]) -> None:
    rows: list[tuple[object, ...]] = []
    numbers: dict[UUID, int] = {}
    for posting, kind, shares in bookings:
        for share in shares:
            first = numbers.get(posting.posting_id, 0)
            numbers[posting.posting_id] = first + len(share.cents)
            rows.append(
                (
                    posting.posting_id,
                    first,
                    share.receipt_id,
                    posting.bill_id,
                    _text_array(share.agencies),
                    share.charge_type.value,
                    _array(share.cents),
                    share.rule_id,
                    posting.business_date,
                    kind,
                )
            )
    if rows:
        together.execute(connection, _ENTER, _SHARES.params(rows))


def mark_shared(connection: Connection, posting_ids: Sequence[UUID]) -> None:
    statement = "update allocations set shared = true where posting_id = any(%b::uuid[])"
    together.execute(connection, statement, (packed("uuid", posting_ids),))


def shares_of_receipts(
    connection: Connection, rows: Iterable[tuple[UUID, UUID, ChargeType]]
) -> SharesOfReceipts:
    """Read what each agency has of (bill, receipt, charge): bill, receipt and charge, agency."""
    wanted = sorted(set(rows))
    shared = connection.exec_driver_sql(
        "select bill_id, receipt_id, charge_type, e.agency_code, sum(e.amount_cents)::bigint"
        " from unnest(%b::uuid[], %b::uuid[], %b::text[]) as v (bill_id, receipt_id, charge_type)"
        " join share_entries e using (bill_id, receipt_id, charge_type) group by 1, 2, 3, 4",
        tuple(map(list, zip(*wanted, strict=True))),
    )
    found: SharesOfReceipts = {}
    for bill_id, receipt_id, charge_type in wanted:
        found.setdefault(bill_id, {})[receipt_id, charge_type] = {}
    for bill_id, receipt_id, charge, agency, cents in shared:
        found[bill_id][receipt_id, ChargeType(charge)][agency] = cents
    return found


def other_shares(
    connection: Connection, bill_ids: Sequence[UUID]
) -> dict[UUID, dict[ChargeType, dict[str, int]]]:
    """Read what each agency has of bills' penalty and fees."""
    rows = connection.exec_driver_sql(
        "select bill_id, charge_type, agency_code, sum(amount_cents)::bigint from share_entries"
        " where bill_id = any(%b::uuid[]) and charge_type in ('penalty', 'fee') group by 1, 2, 3",
        (list(bill_ids),),
    )
    found: dict[UUID, dict[ChargeType, dict[str, int]]] = {}
    for bill_id, charge_type, agency, cents in rows:
        found.setdefault(bill_id, {}).setdefault(ChargeType(charge_type), {})[agency] = cents
    return found


def _read_locked(connection: Connection, bill_ids: Sequence[UUID]) -> dict[UUID, BillRow]:
    (rows,) = together.ask(connection, [(_LOCK_BILLS, (packed("uuid", bill_ids),))])
    return _bills(rows)


def _bills(rows: Iterable[Any]) -> dict[UUID, BillRow]:
    found = {}
    for bill_id, tax_year, agencies, lines, held, tax_cents, last_sequence, version in rows:
        told = agencies is not None
        shares = BillShares(tuple(agencies), tuple(lines), tuple(held), tax_cents) if told else None
        found[bill_id] = BillRow(bill_id, tax_year, shares, last_sequence, version)
    return found


def _array(cents: Sequence[int]) -> str:
    """Write one row's array, as an array of rows may only hold arrays of one length."""
    return "{" + ",".join(map(str, cents)) + "}"


def _text_array(codes: Sequence[str]) -> str:
    # Codes hold letters, digits, dots, dashes and a slash only; the quotes keep NULL a code.
    return '{"' + '","'.join(codes) + '"}' if codes else "{}"
