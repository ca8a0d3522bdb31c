"""AC-18 and AC-19 across services: each on its own database, every event delivered twice."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import grpc
import pytest

from cashiering_service.bootstrap import SPEC as CASHIERING
from collections_service.bootstrap import SPEC as COLLECTIONS
from distribution_service.bootstrap import SPEC as DISTRIBUTION
from levy_service.bootstrap import SPEC as LEVY
from millage.levy.v1 import levy_pb2, levy_pb2_grpc
from millage.levy.v1 import modifications_pb2 as pb
from millage.levy.v1.modifications_pb2_grpc import ModificationServiceStub
from notifications_service.bootstrap import SPEC as NOTIFICATIONS
from receivables_service.asked import Asked
from receivables_service.bootstrap import SPEC as RECEIVABLES
from receivables_service.domain.fee_terms import FeeRow, Holder
from receivables_service.fees import commands as fee_commands
from receivables_service.fees.commands import Wanted
from taxkit import testing
from taxkit.app import App
from taxkit.clock import FixedClock
from taxkit.inbox import Work

ROOT = Path(__file__).parents[2]
# Before the bill of 2021 is due: nothing bears interest.
NOW = datetime(2022, 2, 1, 18, tzinfo=UTC)
SPECS = (LEVY, RECEIVABLES, DISTRIBUTION, COLLECTIONS, CASHIERING, NOTIFICATIONS)
OWNER, PARCEL, CODE = "Imogen Vale", "13264290020000", "71163"
FEE = "misc_rcpt"


class Services:
    """Six services; what one tells reaches whoever consumes it, twice, until nobody has news."""

    def __init__(self, apps: dict[str, App], channel: grpc.Channel, keys: testing.Keys) -> None:
        self._apps = apps
        self._levy = levy_pb2_grpc.LevyServiceStub(channel)
        self._drafts = ModificationServiceStub(channel)
        self._who = testing.bearer(keys.token("levy.*", user="ada"))
        self._delivered: set[str] = set()
        self._sent = 0

    def bill(self) -> levy_pb2.Bill:
        """AC-19's bill: 100,000 at one percent, in two halves."""
        header = levy_pb2.RollHeader(
            idempotency_key="r", jurisdiction="us-il-cook", tax_year=2021, source="modifications"
        )
        rates = [
            levy_pb2.AgencyRate(
                tax_code=CODE, agency_code=code, agency_name=name, rate_percent=percent
            )
            for code, name, percent in (
                ("010010000", "County", "0.600"), ("030210000", "City", "0.400"),
            )
        ]  # fmt: skip
        parcel = levy_pb2.Parcel(
            parcel_number=PARCEL, tax_code=CODE, property_class="211", township="Lake",
            value_dollars=100_000, net_value_dollars=100_000, prior_year_total_cents=90_909,
            owner_name=OWNER, owner_email="imogen.vale@example.org",
        )  # fmt: skip
        asked = levy_pb2.LoadRollRequest
        parts = [
            asked(header=header),
            *(asked(rate=one) for one in rates),
            asked(parcel=parcel),
            asked(end=levy_pb2.RollEnd(rate_count=2, parcel_count=1)),
        ]
        (bill_id,) = self._levy.LoadRoll(iter(parts), metadata=self._who).bill_ids
        self.settle()
        return self.get(bill_id)

    def get(self, bill_id: str) -> levy_pb2.Bill:
        return self._levy.GetBill(levy_pb2.GetBillRequest(bill_id=bill_id), metadata=self._who)

    def pay(self, bill: levy_pb2.Bill, cents: int, on: str = "2022-01-10") -> None:
        """Cashiering's own example of a payment, for this bill."""
        golden = ROOT / "events" / "cashiering" / "PaymentPosted.v1.example.json"
        event: dict[str, Any] = json.loads(golden.read_text("utf-8"))
        day = {"effective_on": on, "business_date": on}
        event["data"] |= day | {"total_cents": cents}
        event["data"]["tenders"][0]["amount_cents"] = cents
        event["data"]["lines"][0] |= {
            "bill_id": bill.bill_id, "bill_number": bill.bill_number, "amount_cents": cents,
        }  # fmt: skip
        self._deliver(event)
        self.settle()

    def charge_fee(self, bill: levy_pb2.Bill, cents: int) -> None:
        """Put a miscellaneous receipt fee on the bill."""
        ledger = self._apps["receivables"]
        with ledger.database.begin() as connection:
            work = Work(connection, ledger.clock)
            wanted = Wanted(
                FEE, bill.tax_year, 0, date(2022, 12, 30), "B-1", Holder.PROPERTY, PARCEL, PARCEL,
                rows=(FeeRow("FEE-100", "Copies", cents),),
            )  # fmt: skip
            fee_commands.charge(ledger, work, wanted, Asked("ana", "copies", ""))
            ledger.store_events(connection, work)
        self.settle()

    def modify(
        self, option: str, fees: Sequence[pb.FeeOfBill] = (), **edit: Any
    ) -> pb.Modification:
        """Open, edit and finish a draft on the owner's bill."""
        draft = self._call(
            "OpenModification",
            pb.OpenModificationRequest(
                bills=pb.ModifiableBills(taxpayer=OWNER), option=option, purpose="refund",
                batch="B-7", reason="board of review", fees=fees,
            ),
        )  # fmt: skip
        named = {"modification_id": draft.modification_id}
        if edit:
            edits = [pb.ModificationEdit(bill_id=draft.modified[0].bill_id, **edit)]
            asked = pb.EditModificationRequest(
                **named, expected_revision=draft.revision, edits=edits
            )
            draft = self._call("EditModification", asked)
        finish = pb.FinishModificationRequest(**named, expected_revision=draft.revision)
        done = self._call("FinishModification", finish)
        self.settle()
        return done

    def settle(self) -> None:
        """Deliver whatever was told and not delivered yet, until nothing more is told."""
        while news := [
            event
            for app in self._apps.values()
            for event in testing.emitted(app)
            if event["id"] not in self._delivered
        ]:
            for event in news:
                self._delivered.add(event["id"])
                self._deliver(event)

    def rows(self, service: str, sql: str) -> list[tuple[Any, ...]]:
        with self._apps[service].database.begin() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql)]

    def _deliver(self, event: dict[str, Any]) -> None:
        body = json.dumps(event)
        for spec in SPECS:
            for one in spec.subscriptions:
                if one.type_name == event["type"]:
                    self._apps[spec.name].consumer.absorb(one.method, [body, body])
                    assert testing.parked(self._apps[spec.name]) == []

    def _call(self, method: str, request: Any) -> pb.Modification:
        self._sent += 1
        request.idempotency_key = f"call {self._sent}"
        answer: pb.Modification = getattr(self._drafts, method)(request, metadata=self._who)
        return answer


@pytest.fixture
def services(postgres_admin_url: str) -> Iterator[Services]:
    given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions")}
    keys = testing.make_keys()
    with ExitStack() as opened:
        apps: dict[str, App] = {}
        for spec in SPECS:
            url = opened.enter_context(testing.fresh_database(postgres_admin_url, spec.name))
            clock = FixedClock(NOW)
            apps[spec.name] = opened.enter_context(testing.application(spec, url, clock, **given))
        channel = opened.enter_context(testing.server(LEVY, apps["levy"], keys))
        yield Services(apps, channel, keys)


def figures(services: Services, bill_id: str) -> tuple[int, int, int]:
    """The bill in levy, and what the counter's copy says of it: total, version, open."""
    now = services.get(bill_id)
    ((version, still_open),) = services.rows(
        "cashiering", "select bill_version, open_cents from dues"
    )
    assert version == now.bill_version
    return now.total_cents, now.bill_version, still_open


@pytest.mark.parametrize(
    ("paid", "option", "edit", "due", "still_open", "surplus"),
    [
        (0, "MN", {"net_value_dollars": 80_000}, 80_000, 80_000, 0),
        (0, "MN", {"total_cents": 90_000}, 90_000, 90_000, 0),
        (0, "TP", {}, 0, 0, 0),
        (40_000, "TP", {}, 40_000, 0, 0),
        (100_000, "MN", {"total_cents": 70_000}, 70_000, 0, 30_000),
    ],
    ids=["a", "b", "d", "e", "g"],
)
def test_ac_19_every_service_follows_once(
    services: Services, paid: int, option: str, edit: dict, due: int, still_open: int, surplus: int
) -> None:
    """AC-19 a, b, d, e, g: bill, counter, ledger, authorities, aging and owner, each once."""
    bill = services.bill()
    if paid:
        services.pay(bill, paid)
    services.modify(option, **edit)

    assert figures(services, bill.bill_id) == (due, 2, still_open)
    held = services.rows(
        "receivables", "select coalesce(sum(open_cents), 0)::bigint from held_items"
    )
    assert held == [(surplus,)]
    corrections = "select count(*) from postings where kind = 'correction'"
    assert services.rows("receivables", corrections) == [(1,)]
    ((action, by),) = services.rows(
        "receivables", "select action, changed_by from adjustment_lines"
    )
    assert (action, by) == ("Modify Bill", "ada")
    shares = services.rows(
        "distribution",
        "select agency_code, sum(amount_cents)::bigint from share_entries group by 1"
        " having sum(amount_cents) <> 0 order by 1",
    )
    applied = paid - surplus
    expected = [("010010000", applied * 6 // 10), ("030210000", applied * 4 // 10)]
    assert shares == (expected if applied else [])
    aged = services.rows("collections", "select open_cents from bills")
    assert aged == [(still_open,)]
    about = "select count(*) from notices where template = 'bill_corrected'"
    assert services.rows("notifications", about) == [(1,)]


def test_ac_18_a_due_date_is_moved_everywhere_and_no_cent(services: Services) -> None:
    """AC-18, LEVY-013: copies have the new date; the ledger and the shares are as before."""
    bill = services.bill()
    services.pay(bill, 10_000)
    shares = services.rows("distribution", "select sum(amount_cents)::bigint from share_entries")
    services.modify("NC", due_on="2022-07-30")

    assert figures(services, bill.bill_id) == (100_000, 2, 90_000)
    due = [part.due_on for part in services.get(bill.bill_id).installments]
    assert due == ["2022-07-30", "2022-12-30"]
    aged = services.rows(
        "collections", "select due_on::text from open_installments order by installment"
    )
    assert [day for (day,) in aged] == due
    after = services.rows("distribution", "select sum(amount_cents)::bigint from share_entries")
    assert after == shares
    postings = services.rows("receivables", "select kind from postings order by posting_id")
    assert [kind for (kind,) in postings] == ["issue", "payment"]


def test_levy_013_a_moved_date_bears_interest_by_its_own_month(services: Services) -> None:
    """RECV-015, RECV-017: what was due in March and is paid in July bears none, due in July."""
    bill = services.bill()
    services.modify("NC", due_on="2022-07-30")
    services.pay(bill, 50_000, "2022-07-15")
    interest = "select count(*) from ledger_entries where charge_type = 'interest'"
    assert services.rows("receivables", interest) == [(0,)]
    assert figures(services, bill.bill_id) == (100_000, 2, 50_000)


def test_ac_19_f_a_fee_is_brought_to_nothing_and_its_bill_stays(services: Services) -> None:
    """AC-19 f, LEVY-012: 75 charged in the ledger, drafted in levy with MN, gone by TP."""
    bill = services.bill()
    services.charge_fee(bill, 7_500)
    assert figures(services, bill.bill_id) == (100_000, 1, 107_500)
    fee = pb.FeeOfBill(bill_id=bill.bill_id, charge_code=FEE)
    done = services.modify("MN", fees=[fee])
    assert (done.option, done.asked_option, len(done.modified)) == ("TP", "MN", 0)
    assert figures(services, bill.bill_id) == (100_000, 1, 100_000)
    assert services.rows("receivables", "select outcome from fee_ends") == [("waived",)]
    assert services.rows("levy", "select amount_cents, new_cents from modification_fees") == [
        (7_500, 0)
    ]
