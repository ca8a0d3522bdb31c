"""The demo of a county on another pack: two bills, what they owe on which day, and who pays."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.table import Table

from devkit import county_example, demo_bills, demo_money
from devkit.county_example import Example, Row, parcel_of
from devkit.stage import FEW, DemoProblem, Stage
from millage.cashiering.v1 import cashiering_pb2
from millage.levy.v1 import levy_pb2
from millage_cli import counter, typed
from millage_cli import roll as rolls
from millage_cli.client import one_trace
from millage_cli.counter import Payment, WantedLine
from millage_cli.output import money, table
from millage_cli.views import session_view

BEFORE, AFTER = "before", "after"


@dataclass(slots=True, kw_only=True)
class CountyDemo(Stage):
    """The scenes, in order, on a running stack."""

    example: Example

    def play(self) -> None:
        self.roll()
        self.owed(BEFORE, "What is owed on which day, as the law of the place has it")
        for day in self.example.days:
            self.window(day)
        self.owed(AFTER, "What is owed after that")
        self.tie_out(self.example.days)

    def roll(self) -> None:
        """Bills come of the roll, and are held against what was worked out by hand."""
        self.title(f"A small roll on the pack {self.example.jurisdiction}")
        with one_trace():
            for roll in self.example.rolls:
                rolls.load(
                    self.office,
                    roll,
                    source=f"examples/counties/{self.example.jurisdiction}",
                    jurisdiction=self.example.jurisdiction,
                )
        bills = list(rolls.bills(self.office))
        self.console.print(bills_view(bills))
        self._hold([*self.heard(bills), *county_example.differences(self.example, bills)])

    def owed(self, told: str, title: str) -> None:
        """Quotes at the counter, each beside its working."""
        self.title(title)
        rows = [row for row in self.example.owed if row["told"] == told]
        found = [self._quoted(row) for row in rows]
        self.console.print(owed_view(rows, found))
        self._hold(
            f"{parcel_of(row)} owes {cents} on {row['as_of']}, worked out {row['owed_cents']}"
            for row, cents in zip(rows, found, strict=True)
            if int(row["owed_cents"]) != cents
        )

    def window(self, day: str) -> None:
        """A business date: checks over the counter, the drawer counted, the deposit made."""
        self.title(f"At the window on {day}")
        session = counter.open_session(self.clerk, demo_money.WINDOW, day)
        for row in self.example.paid_on(day):
            self.say(f"\n▸ {row['payer_name']} pays {money(int(row['amount_cents']))}:")
            self.say(f"  {row['working']}")
            with one_trace():
                receipt = counter.pay(self.clerk, _payment(session.session_id, row))
            self.passed_on(receipt)
        self.console.print(session_view(demo_money.close(self.clerk, session)))
        made = demo_money.deposit(self.clerk, day)
        self.say(f"{day}: {money(made.total_cents)} go to the bank as {made.deposit_number}")

    def heard(self, bills: Sequence[levy_pb2.Bill]) -> list[str]:
        return demo_bills.not_heard_of(self.office, bills)

    def passed_on(self, receipt: cashiering_pb2.Receipt) -> None:
        self.show(self.followed(receipt.receipt_id), FEW)

    def _quoted(self, row: Row) -> int:
        tax_year, parcel = parcel_of(row)
        wanted = WantedLine(parcel_number=parcel, tax_year=tax_year)
        return counter.find_bill(self.clerk, wanted, row["as_of"]).open_cents

    def _hold(self, differing: Iterator[str] | list[str]) -> None:
        if found := list(differing):
            raise DemoProblem("not as worked out by hand:\n" + "\n".join(found))
        self.say("✓ to the cent as worked out by hand from the law")


def bills_view(bills: Sequence[levy_pb2.Bill]) -> Table:
    """Every bill with its lines and installments."""
    made = table("", "bill", "owner", "line", "amount", "due", "installment", right=("amount",))
    for bill in bills:
        rows = max(len(bill.lines), len(bill.installments))
        for place in range(rows):
            head = (bill.bill_number, bill.owner_name) if place == 0 else ("", "")
            line = bill.lines[place : place + 1]
            part = bill.installments[place : place + 1]
            made.add_row(
                *head,
                *_either((one.agency_name, money(one.amount_cents)) for one in line),
                *_either((one.due_on, money(one.amount_cents)) for one in part),
            )
        made.add_section()
    return made


def _either(found: Iterator[tuple[str, str]]) -> tuple[str, str]:
    return next(found, ("", ""))


def owed_view(rows: Sequence[Row], found: Sequence[int]) -> Table:
    made = table("", "bill", "on", "owes", "because", right=("owes",))
    for row, cents in zip(rows, found, strict=True):
        tax_year, parcel = parcel_of(row)
        made.add_row(f"{tax_year}-{parcel}", row["as_of"], money(cents), row["working"])
    return made


def _payment(session_id: str, row: Row) -> Payment:
    tax_year, parcel = parcel_of(row)
    cents = int(row["amount_cents"])
    check = cashiering_pb2.Tender(
        tender_type=typed.TENDERS["check"], amount_cents=cents, reference=row["reference"]
    )
    line = WantedLine(parcel_number=parcel, tax_year=tax_year, amount_cents=cents)
    return Payment(
        session_id,
        [line],
        [check],
        payer_name=row["payer_name"],
        payer_email=row["payer_email"],
    )
