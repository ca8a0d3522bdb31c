"""CASH-037, LEVY-020: a basket's links are followed, over the wire, to where they lead.

Levy, receivables and cashiering run in this process, each on a database of its own; what one
tells reaches whoever consumes it.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from county import refused
from typer.testing import CliRunner

from cashiering_service.bootstrap import SPEC as CASHIERING
from levy_service.bootstrap import SPEC as LEVY
from millage.cashiering.v1 import basket_pb2 as pb
from millage.cashiering.v1 import cashiering_pb2 as money
from millage.levy.v1 import levy_pb2
from millage.levy.v1 import modifications_pb2 as drafts
from millage.levy.v1 import register_pb2 as register
from millage.levy.v1.modifications_pb2_grpc import ModificationServiceStub
from millage.levy.v1.register_pb2_grpc import RegisterServiceStub
from millage.reports.v1 import reports_pb2 as reports
from millage_cli import jumping
from millage_cli.addresses import Addresses
from millage_cli.client import Client, Credentials, new_key
from millage_cli.main import app as millage
from receivables_service.bootstrap import SPEC as RECEIVABLES
from taxkit import testing
from taxkit.app import App
from taxkit.clock import FixedClock

JURISDICTIONS = str(Path(__file__).parents[2] / "jurisdictions")
NOW = datetime(2022, 2, 1, 18, tzinfo=UTC)
DAY = "2022-02-01"
PARCEL, OTHER = "13264290020000", "18032000510000"
SPECS = (LEVY, RECEIVABLES, CASHIERING)
# What asks for more than a line knows: whoever follows it types it.
MORE = {
    "adjust_charges": {"purpose": "refund", "reason": "board of review"},
    "correct_bill": {"total_cents": "50000", "reason": "roll error"},
    "protest": {"reason": "appeal filed"},
    "payment_plan": {"terms.plan_type": "standard", "terms.first_due_on": "2022-03-01"},
}


class Offices:
    """Three services with their APIs on the wire, and a client who has every right."""

    def __init__(self, apps: dict[str, App], at: dict[str, str], token: str) -> None:
        self.apps = apps
        self.client = Client(Addresses(at), Credentials(lambda: token), seconds=60)
        self._options = ["--token", token, "--json"]
        for service, address in at.items():
            self._options += ["--addr", f"{service}={address}"]
        self._delivered: set[str] = set()

    def settle(self) -> None:
        while news := [
            event
            for app in self.apps.values()
            for event in testing.emitted(app)
            if event["id"] not in self._delivered
        ]:
            for event in news:
                self._delivered.add(event["id"])
                self._deliver(event)

    def _deliver(self, event: dict[str, Any]) -> None:
        for spec in SPECS:
            for one in spec.subscriptions:
                if one.type_name == event["type"]:
                    self.apps[spec.name].consumer.absorb(one.method, [json.dumps(event)])
                    assert testing.parked(self.apps[spec.name]) == []

    def load_roll(self) -> None:
        """Two parcels at one percent of 100,000; the first with an owner by deed."""
        header = levy_pb2.RollHeader(
            idempotency_key="r", jurisdiction="us-il-cook", tax_year=2021, source="links"
        )
        rate = levy_pb2.AgencyRate(
            tax_code="71163", agency_code="010010000", agency_name="County", rate_percent="1.000"
        )
        asked = levy_pb2.LoadRollRequest
        parcels = [
            levy_pb2.Parcel(
                parcel_number=number, tax_code="71163", property_class="211", township="Lake",
                value_dollars=100_000, net_value_dollars=100_000, owner_name=owner,
            )
            for number, owner in ((PARCEL, "Imogen Vale"), (OTHER, "Dolores Park"))
        ]  # fmt: skip
        deed = levy_pb2.RollParty(
            role="deeded_owner", party=levy_pb2.RegisteredParty(name="Vale Family Trust")
        )
        parcels[0].parties.append(deed)
        end = levy_pb2.RollEnd(rate_count=1, parcel_count=2)
        parts = [asked(header=header), asked(rate=rate), *(asked(parcel=one) for one in parcels)]
        self.client.levy.LoadRoll(iter([*parts, asked(end=end)]))
        self.settle()

    def basket(self, *parcels: str) -> pb.Basket:
        asked = money.OpenSessionRequest(
            idempotency_key="session", till_code="T01", business_date=DAY
        )
        session = self.client.cashiering.OpenSession(asked)
        opened = self.client.baskets.OpenBasket(
            pb.OpenBasketRequest(idempotency_key=new_key(), session_id=session.session_id)
        )
        return self.client.baskets.LoadBasket(
            pb.LoadBasketRequest(
                idempotency_key=new_key(), basket_id=opened.basket_id, parcel_numbers=parcels
            )
        )

    def terminal(self, *words: object) -> Any:
        ran = CliRunner().invoke(millage, [*map(str, words), *self._options])
        assert ran.exit_code == 0, ran.stderr
        return json.loads(ran.stdout)

    def pdf(self, service: str, run_id: str) -> bytes:
        asked = reports.ReadReportRequest(run_id=run_id, format="pdf")
        return b"".join(part.content for part in self.client.reports(service).ReadReport(asked))


@pytest.fixture
def offices(postgres_admin_url: str) -> Iterator[Offices]:
    keys = testing.make_keys()
    with ExitStack() as opened:
        apps: dict[str, App] = {}
        at: dict[str, str] = {}
        for spec in SPECS:
            given = {"MILLAGE_JURISDICTIONS_DIR": JURISDICTIONS}
            if spec is CASHIERING:
                given["MILLAGE_RECEIVABLES_ADDR"] = at["receivables"]
                given["MILLAGE_QUOTE_TIMEOUT_MS"] = "60000"
            url = opened.enter_context(testing.fresh_database(postgres_admin_url, spec.name))
            built = testing.application(spec, url, FixedClock(NOW), **given)
            apps[spec.name] = opened.enter_context(built)
            channel: Any = opened.enter_context(testing.server(spec, apps[spec.name], keys))
            at[spec.name] = channel._channel.target().decode().removeprefix("dns:///")
        token = keys.token("*", user="casey")
        made = Offices(apps, at, token)
        opened.callback(made.client.close)
        made.load_roll()
        yield made


def _link(line: pb.BasketLine, action: str) -> pb.Link:
    (found,) = [one for one in line.links if one.action == action]
    return found


def test_cash_037_every_link_leads_where_it_says(offices: Offices) -> None:
    """CASH-037: each is sent as it stands, with no more than a reason; nothing is refused."""
    (line,) = offices.basket(PARCEL).lines
    for link in line.links:
        if link.action == "special_payoff":
            with refused("SPECIAL_NOT_FOUND"):
                jumping.follow(
                    offices.client, link, {"assessment_id": line.bill_id, "reason": "sale"}
                )
            continue
        answer = jumping.follow(offices.client, link, MORE.get(link.action))
        # Nothing was paid yet, and nothing specially assessed.
        assert answer.ListFields() or link.action in ("receipts", "special_assessments")
        if "parcel_number" in answer.DESCRIPTOR.fields_by_name:
            assert getattr(answer, "parcel_number") == PARCEL, link.action  # noqa: B009


def test_levy_020_charges_are_adjusted_from_the_counter(offices: Offices) -> None:
    """LEVY-020: a draft on that bill alone; finished, the basket's bill owes what it was made."""
    (line,) = offices.basket(PARCEL).lines
    draft = jumping.follow(offices.client, _link(line, "adjust_charges"), MORE["adjust_charges"])
    assert isinstance(draft, drafts.Modification)
    assert [(one.bill_id, one.total_cents) for one in draft.modified] == [(line.bill_id, 100_000)]
    levy = ModificationServiceStub(offices.client.channel("levy"))
    named = {"modification_id": draft.modification_id}
    edit = drafts.ModificationEdit(bill_id=line.bill_id, total_cents=70_000)
    edited = levy.EditModification(
        drafts.EditModificationRequest(
            **named, idempotency_key=new_key(), expected_revision=draft.revision, edits=[edit]
        )
    )
    levy.FinishModification(
        drafts.FinishModificationRequest(
            **named, idempotency_key=new_key(), expected_revision=edited.revision
        )
    )
    offices.settle()
    (after,) = offices.basket(PARCEL).lines
    assert (after.bill_id, after.bill_version, after.open_cents) == (line.bill_id, 2, 70_000)


def test_cash_037_selected_bills_are_one_print(offices: Offices) -> None:
    """CASH-037: all of a basket in one PDF by one link; fewer when fewer ids are left in it."""
    basket = offices.basket(PARCEL, OTHER)
    (link,) = basket.links
    done = jumping.follow(offices.client, link)
    assert isinstance(done, reports.ReportRun)
    assert offices.pdf(link.service, done.run_id).startswith(b"%PDF")
    one = jumping.follow(offices.client, link, {"parameters.bill_ids": basket.lines[0].bill_id})
    assert isinstance(one, reports.ReportRun)
    assert (done.row_count, one.row_count) == (2, 1)


def test_cash_037_bills_are_printed_and_links_followed_at_a_terminal(
    offices: Offices, tmp_path: Path
) -> None:
    """CASH-037: all selected bills in one file; an action by its name, with what it needs more."""
    basket = offices.basket(PARCEL, OTHER)
    out = tmp_path / "bills.pdf"
    assert offices.terminal("basket", "print", basket.basket_id, "--out", out)["row_count"] == 2
    assert out.read_bytes().startswith(b"%PDF")
    one = ("basket", "print", basket.basket_id, "--out", out, "--line", 2)
    assert offices.terminal(*one)["row_count"] == 1
    listed = offices.terminal("basket", "jump", basket.basket_id)["links"]
    assert "adjust_charges" in {each["action"] for each in listed}
    given = ("--set", "purpose=refund", "--set", "reason=board")
    draft = offices.terminal("basket", "jump", basket.basket_id, "adjust_charges", *given)
    assert draft["modified"][0]["bill_id"] == basket.lines[0].bill_id


def test_cash_033_a_sale_recorded_in_levy_changes_who_pays(offices: Offices) -> None:
    """CASH-033: the register's news reach the counter; nothing is asked of levy there."""
    before = offices.basket(PARCEL)
    assert (before.payer.name, before.lines[0].primary_owner) == (
        "Imogen Vale", "Vale Family Trust",
    )  # fmt: skip
    sold = register.PartiesOfRole(
        role="taxpayer", parties=[levy_pb2.RegisteredParty(name="Dolores Park")]
    )
    RegisterServiceStub(offices.client.channel("levy")).ChangeParties(
        register.ChangePartiesRequest(
            idempotency_key=new_key(), parcel_number=PARCEL, expected_version=1, parties=[sold],
            reason="sold",
        )
    )  # fmt: skip
    offices.settle()
    assert offices.basket(PARCEL).payer.name == "Dolores Park"
