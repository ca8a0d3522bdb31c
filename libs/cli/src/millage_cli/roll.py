"""Loading a tax roll: CSV files of rates and parcels, a stream per tax year."""

import csv
import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from millage.levy.v1 import levy_pb2 as pb
from millage_cli import roll_values, typed
from millage_cli.client import Client, retried
from millage_cli.paging import pages
from millage_cli.problems import usage

_JURISDICTION = "us-il-cook"
_RATES = ("tax_code", "agency_code", "agency_name", "rate_percent")
_PARCELS = (
    "parcel_number",
    "tax_code",
    "property_class",
    "township",
    "value_dollars",
    "net_value_dollars",
    "owner_name",
    "owner_email",
    "prior_year_total_cents",
)
# Columns that may be left out, or empty: of agencies billed by fund, and of rates not in percent.
_RATES_TOO = ("fund_code", "fund_name", "rate")
# Funds with their shares of the rate, which a space parts: "general=0.75 debt=0.25".
_FUNDS = "fund_shares"
# What those are called, parted by "; ": "general=General fund; debt=Debt service".
_FUND_NAMES = "fund_names"
# Of parcels in tax-increment districts.
_FROZEN = "frozen_value_dollars"
_SHARE = "increment_share"
# What the register keeps beside a roll; a role may have several names, parted by "; ".
_FACTS = ("ain", "situs_address")
_ROLES = ("taxpayer", "deeded_owner", "primary_owner", "account_contact")
_LENDER = "lender_code"
# Of parcels with credits, by code, which a space parts, each with what the roll says of it:
# "non_business reduction=0.313725 lottery=$120.00".
_CREDITS = "credits"
_WHOLE = frozenset({"value_dollars", "net_value_dollars", "prior_year_total_cents"})
_PAGE = 500
Advance = Callable[[int], None]
_Rows: TypeAlias = "csv.DictReader[str]"


@dataclass(frozen=True, slots=True)
class Roll:
    """One tax year's rates and parcels."""

    tax_year: int
    rates: tuple[pb.AgencyRate, ...]
    parcels: tuple[pb.Parcel, ...]

    def __len__(self) -> int:
        return len(self.rates) + len(self.parcels)

    def parts(self) -> Iterator[pb.LoadRollRequest]:
        """The rows as the stream carries them: rates first, so that parcels find theirs."""
        for rate in self.rates:
            yield pb.LoadRollRequest(rate=rate)
        for parcel in self.parcels:
            yield pb.LoadRollRequest(parcel=parcel)

    def digest(self, source: str) -> str:
        """Tell this content apart from any other."""
        made = hashlib.sha256(source.encode())
        for part in self.parts():
            made.update(part.SerializeToString(deterministic=True))
        return made.hexdigest()


def read_rolls(paths: Sequence[Path]) -> list[Roll]:
    """Read rates and parcels from any number of CSV files; their columns say which they are."""
    rates: dict[int, list[pb.AgencyRate]] = defaultdict(list)
    parcels: dict[int, list[pb.Parcel]] = defaultdict(list)
    for path in paths:
        with _opened(path) as rows:
            columns = set(rows.fieldnames or ())
            if columns >= {"tax_year", *_RATES}:
                for row in rows:
                    rates[_year(path, rows, row)].append(_rate(row))
            elif columns >= {"tax_year", *_PARCELS}:
                for row in rows:
                    parcels[_year(path, rows, row)].append(_parcel(path, rows, row))
            else:
                raise usage(
                    "COLUMNS_UNKNOWN",
                    f"{path} is neither rates (tax_year, {', '.join(_RATES)}) nor parcels"
                    f" (tax_year, {', '.join(_PARCELS)})",
                    "name the columns in the first line of the file; more may stand beside these",
                )
    return [
        Roll(tax_year, tuple(rates[tax_year]), tuple(parcels[tax_year]))
        for tax_year in sorted(rates.keys() | parcels.keys())
    ]


def load(
    client: Client,
    roll: Roll,
    *,
    source: str,
    key: str = "",
    only_stage: bool = False,
    certified_levies: bool = False,
    jurisdiction: str = "",
    advance: Advance = lambda _: None,
) -> pb.LoadRollResponse:
    """Load one year. Without a key, the content is the key: the same files load once.

    Whose roll it is says the caller, the same variable that tells the services, or the stack.
    """
    what = "stage" if only_stage else "roll"
    what += "-certified" if certified_levies else ""
    header = pb.RollHeader(
        idempotency_key=key or f"{what}-{roll.tax_year}-{roll.digest(source)}",
        jurisdiction=jurisdiction
        or os.environ.get("MILLAGE_JURISDICTION")
        or client.addresses.jurisdiction
        or _JURISDICTION,
        tax_year=roll.tax_year,
        source=source,
        only_stage=only_stage,
        certified_levies=certified_levies,
    )

    def stream() -> Iterator[pb.LoadRollRequest]:
        yield pb.LoadRollRequest(header=header)
        for sent, part in enumerate(roll.parts(), start=1):
            yield part
            advance(sent)
        end = pb.RollEnd(rate_count=len(roll.rates), parcel_count=len(roll.parcels))
        yield pb.LoadRollRequest(end=end)

    return retried(lambda: client.levy.LoadRoll(stream()))


def bills(client: Client, tax_year: int = 0, parcel_number: str = "") -> Iterator[pb.Bill]:
    """All bills of a tax year or a parcel, page by page."""
    asked = pb.ListBillsRequest(tax_year=tax_year, parcel_number=parcel_number, page_size=_PAGE)
    for page in pages(client.levy.ListBills, asked):
        yield from page.bills


@contextmanager
def _opened(path: Path) -> Iterator[_Rows]:
    try:
        file = path.open(encoding="utf-8", newline="")
    except OSError as error:
        raise usage(
            "FILE_UNREADABLE", f"{path}: {error.strerror}", "name a CSV file of rates or parcels"
        ) from error
    with file:
        try:
            yield csv.DictReader(file)
        except UnicodeDecodeError as error:
            raise usage("BAD_ENCODING", f"{path} is not UTF-8: {error.reason}") from error


def _year(path: Path, rows: _Rows, row: Mapping[str, str]) -> int:
    return _whole(path, rows, row, "tax_year")


def _rate(row: Mapping[str, str]) -> pb.AgencyRate:
    shares = (each.partition("=") for each in (row.get(_FUNDS) or "").split())
    told = (each.partition("=") for each in (row.get(_FUND_NAMES) or "").split("; "))
    names = {code.strip(): name.strip() for code, _, name in told}
    return pb.AgencyRate(
        **{name: row[name] or "" for name in _RATES},
        **{name: row.get(name) or "" for name in _RATES_TOO},
        funds=[
            pb.FundShare(fund_code=code, share=share, fund_name=names.get(code, ""))
            for code, _, share in shares
        ],
    )


def _parcel(path: Path, rows: _Rows, row: Mapping[str, str]) -> pb.Parcel:
    parcel = pb.Parcel()
    for name in _PARCELS:
        value = _whole(path, rows, row, name) if name in _WHOLE else row[name] or ""
        setattr(parcel, name, value)
    if row.get(_FROZEN):
        parcel.frozen_value_dollars = _whole(path, rows, row, _FROZEN)
    parcel.increment_share = row.get(_SHARE) or ""
    parcel.credits.extend(map(_credit, (row.get(_CREDITS) or "").split()))
    roll_values.add(parcel, row)
    for name in _FACTS:
        setattr(parcel, name, row.get(name) or "")
    parcel.parties.extend(_parties(row))
    return parcel


def _parties(row: Mapping[str, str]) -> Iterator[pb.RollParty]:
    for role in _ROLES:
        for name in filter(None, (row.get(role) or "").split("; ")):
            yield pb.RollParty(role=role, party=pb.RegisteredParty(name=name))
    if row.get(_LENDER):
        yield pb.RollParty(role="lender", party=pb.RegisteredParty(lender_code=row[_LENDER]))


def _credit(text: str) -> pb.CreditClaim:
    code, _, said = text.partition("=")
    if not said.startswith("$"):
        return pb.CreditClaim(code=code, ratio=said)
    return pb.CreditClaim(code=code, amount_cents=typed.counted_cents(said, _CREDITS))


def _whole(path: Path, rows: _Rows, row: Mapping[str, str], name: str) -> int:
    try:
        return int(row[name])
    except (TypeError, ValueError):
        raise usage(
            "ROW_INVALID",
            f"{path} line {rows.line_num}: {name} is {row[name]!r}, a whole number is needed",
        ) from None
