"""Write a remittance file of any length without holding it: for benches, demos and tests.

    python tools/make_remittance.py csv out.csv --lines 100000
    python tools/make_remittance.py bai-lockbox out.txt --bills bills.csv

`--bills` names a file with the columns parcel_number, tax_year and amount_cents, one payment a row;
without it, `--lines` payments for invented parcels of `--tax-year` are written.
"""

import argparse
import csv
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import IO

from cashiering_service.domain.remittance import ReferenceFormat
from cashiering_service.domain.remittance.csv_layout import COLUMNS, TRAILER_MARK

BATCH_ITEMS = 999
LOCKBOX_ITEMS = 9_999
FIELD_CENTS = 9_999_999_999
FILE_RECORDS = 999_999
LOCKBOX = "7700001"
REFERENCES = ReferenceFormat()


@dataclass(frozen=True, slots=True)
class Payment:
    """A line to be written as it is: a wrong reference stays wrong."""

    bill_reference: str
    amount_cents: int
    paid_on: date
    check_number: str
    payer_name: str


@dataclass(slots=True)
class Totals:
    count: int = 0
    cents: int = 0

    def add(self, cents: int) -> None:
        self.count += 1
        self.cents += cents


def write_csv(out: IO[str], payments: Iterable[Payment], received_on: date) -> Totals:
    """Write named columns, a line a payment, and the trailer."""
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    totals = Totals()
    for payment in payments:
        totals.add(payment.amount_cents)
        rows.writerow(
            (
                payment.bill_reference,
                _dollars(payment.amount_cents),
                payment.paid_on.isoformat(),
                received_on.isoformat(),
                payment.check_number,
                payment.payer_name,
            )
        )
    rows.writerow((TRAILER_MARK, totals.count, _dollars(totals.cents)))
    return totals


@dataclass(slots=True)
class BaiWriter:
    """Opens and closes batches and lockboxes before a field of the format would overflow."""

    out: IO[str]
    received_on: date
    records: int = 0
    batch_number: int = 0
    batch: Totals = field(default_factory=Totals)
    box: Totals = field(default_factory=Totals)
    file: Totals = field(default_factory=Totals)

    def write(self, payments: Iterable[Payment]) -> Totals:
        self._record(f"100{'031300012':>10}{'071000013':>10}{self._day()}0600")
        self._record(f"2{'031300012':>10}{'071000013':>10}{'COUNTYTAX':<10}40010401041")
        self._open_box()
        for payment in payments:
            self._make_room(payment.amount_cents)
            self._item(payment)
        self._close_batch()
        self._close_box()
        self._record(f"9{self.records + 1:06d}")
        return self.file

    def _item(self, payment: Payment) -> None:
        for totals in (self.batch, self.box, self.file):
            totals.add(payment.amount_cents)
        place = f"{self.batch_number:03d}{self.batch.count:03d}"
        self._record(
            f"6{place}{payment.amount_cents:010d}{'071000013':>9}{'0':>10}"
            f"{payment.check_number:0>10}{payment.paid_on:%y%m%d}{payment.payer_name[:30]:<30}"
        )
        self._record(f"4{place}6019{payment.bill_reference}")

    def _make_room(self, cents: int) -> None:
        if self.box.count == LOCKBOX_ITEMS or self.box.cents + cents > FIELD_CENTS:
            self._close_batch()
            self._close_box()
            self._open_box()
        elif self.batch.count == BATCH_ITEMS:
            self._close_batch()

    def _open_box(self) -> None:
        self._record(f"5000000{LOCKBOX}{self._day()}{'031300012':>10}{'071000013':>10}")
        self.box, self.batch, self.batch_number = Totals(), Totals(), 1

    def _close_batch(self) -> None:
        if self.batch.count:
            self._record(
                f"7{self.batch_number:03d}{self.batch.count:03d}{LOCKBOX}{self._day()}"
                f"{self.batch.count:03d}{self.batch.cents:010d}"
            )
            self.batch, self.batch_number = Totals(), self.batch_number + 1

    def _close_box(self) -> None:
        self._record(f"8000000{LOCKBOX}{self._day()}{self.box.count:04d}{self.box.cents:010d}")

    def _day(self) -> str:
        return f"{self.received_on:%y%m%d}"

    def _record(self, text: str) -> None:
        self.records += 1
        if self.records > FILE_RECORDS:
            sys.exit(f"a lockbox file has at most {FILE_RECORDS} records: write several files")
        self.out.write(f"{text:<104}\n")


def write_file(layout: str, path: Path, payments: Iterable[Payment], received_on: date) -> Totals:
    """Write payments in a layout; the file holds what the layout can carry."""
    encoding = "utf-8" if layout == "csv" else "ascii"
    with path.open("w", encoding=encoding, newline="") as out:
        if layout == "csv":
            return write_csv(out, payments, received_on)
        return BaiWriter(out, received_on).write(payments)


def invented_payments(tax_year: int, paid_on: date) -> Iterator[Payment]:
    """Pay without end for parcels that no county has, each once, amounts from a fixed pattern."""
    number = 0
    while True:
        number += 1
        parcel_number = f"99{number:012d}"
        yield Payment(
            REFERENCES.write(parcel_number, tax_year),
            10_000 + number * 7_919 % 900_000,
            paid_on,
            str(number),
            f"PAYER {number}",
        )


def payments_of(bills: Path, paid_on: date) -> Iterator[Payment]:
    """Pay the bills a CSV file names, in its order."""
    with bills.open(encoding="utf-8", newline="") as rows:
        for number, row in enumerate(csv.DictReader(rows), start=1):
            yield Payment(
                REFERENCES.write(row["parcel_number"], int(row["tax_year"])),
                int(row["amount_cents"]),
                paid_on,
                str(number),
                f"PAYER {number}",
            )


def _dollars(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a remittance file of any length.")
    parser.add_argument("layout", choices=["csv", "bai-lockbox"])
    parser.add_argument("path", type=Path)
    parser.add_argument("--bills", type=Path, help="parcel_number,tax_year,amount_cents")
    parser.add_argument("--lines", type=int, help="how many payments (default: 1000, or all bills)")
    parser.add_argument("--tax-year", type=int, default=2021)
    parser.add_argument("--paid-on", type=date.fromisoformat, default=date(2022, 2, 25))
    parser.add_argument("--received-on", type=date.fromisoformat, default=date(2022, 2, 28))
    args = parser.parse_args()
    if args.bills:
        payments = islice(payments_of(args.bills, args.paid_on), args.lines)
    else:
        payments = islice(invented_payments(args.tax_year, args.paid_on), args.lines or 1000)
    totals = write_file(args.layout, args.path, payments, args.received_on)
    print(f"{args.path}: {totals.count} payments, {_dollars(totals.cents)} dollars")


if __name__ == "__main__":
    main()
