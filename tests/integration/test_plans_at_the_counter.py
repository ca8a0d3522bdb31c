"""CASH-070, CASH-072: plans of the real ledger, looked up and paid at the counter."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import pytest
from desks import JURISDICTIONS, PARCEL, Desks

from millage.cashiering.v1 import basket_payment_pb2 as pay
from millage.cashiering.v1 import basket_payment_pb2_grpc as pay_stubs
from millage.cashiering.v1 import basket_pb2, basket_pb2_grpc, plan_lookup_pb2_grpc
from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.cashiering.v1 import cashiering_pb2_grpc as stubs
from millage.cashiering.v1 import plan_lookup_pb2 as lookup
from millage.receivables.v1 import plans_pb2, plans_pb2_grpc, prepay_pb2, prepay_pb2_grpc
from taxkit import ids, testing

NOW, DAY = datetime(2022, 4, 15, 18, tzinfo=UTC), "2022-04-15"
ENABLED = "        - repay_reversal\n"


@pytest.fixture
def desks(postgres_admin_url: str, tmp_path: Path) -> Iterator[Desks]:
    """A county that takes pre-payment, too."""
    pack = shutil.copytree(Path(JURISDICTIONS) / "us-il-cook", tmp_path / "us-il-cook")
    for name, before, after in (
        ("cashiering_baskets.yaml", ENABLED, f"{ENABLED}        - pre_pay\n"),
        ("held_money.yaml", "subcode: pre_pay, active: false", "subcode: pre_pay"),
    ):
        text = (pack / name).read_text("utf-8")
        assert text.count(before) == 1
        (pack / name).write_text(text.replace(before, after), "utf-8")
    with Desks.opened(postgres_admin_url, NOW, str(tmp_path)) as made:
        yield made


class Window:
    """The counter's baskets and plans, beside the ledger's own services."""

    def __init__(self, desks: Desks) -> None:
        self.desks = desks
        self.baskets = basket_pb2_grpc.BasketServiceStub(desks.channel)
        self.payments = pay_stubs.BasketPaymentServiceStub(desks.channel)
        self.lookup = plan_lookup_pb2_grpc.PlanLookupServiceStub(desks.channel)
        self.plans = plans_pb2_grpc.PlanServiceStub(desks.ledger_channel)
        self.prepay = prepay_pb2_grpc.PrepayServiceStub(desks.ledger_channel)
        till = stubs.CashieringServiceStub(desks.channel)
        self.session_id = self.ask(
            till.OpenSession, pb.OpenSessionRequest, till_code="T01", business_date=DAY
        ).session_id

    def ask(self, call: Any, kind: Any, **given: Any) -> Any:
        if "idempotency_key" in kind.DESCRIPTOR.fields_by_name:
            given.setdefault("idempotency_key", str(ids.new_id()))
        return call(kind(**given), metadata=self.desks.metadata, timeout=120)

    def load(self, service_type: str, keys: dict[str, Any], **given: Any) -> basket_pb2.Basket:
        """A new basket with what the keys find."""
        opened = self.ask(
            self.baskets.OpenBasket, basket_pb2.OpenBasketRequest, session_id=self.session_id
        )
        return self.ask(
            self.baskets.LoadBasket,
            basket_pb2.LoadBasketRequest,
            basket_id=opened.basket_id,
            service_type=service_type,
            keys=basket_pb2.LookupKeys(**keys),
            **given,
        )

    def post(self, basket: basket_pb2.Basket) -> pb.Receipt:
        cash = pb.Tender(tender_type=pb.TENDER_TYPE_CASH, amount_cents=basket.total_cents)
        answer = self.ask(
            self.payments.PostBasket,
            pay.PostBasketRequest,
            basket_id=basket.basket_id,
            version=basket.version,
            tenders=[cash],
        )
        self.desks.pass_on()
        return answer.receipt

    def plan_of(self, bill_id: Any) -> plans_pb2.Plan:
        terms = plans_pb2.PlanTerms(
            plan_type="standard", bill_ids=[str(bill_id)], party="Park", first_due_on="2022-05-01"
        )
        plan = self.ask(self.plans.EnrolPlan, plans_pb2.EnrolPlanRequest, terms=terms)
        self.desks.pass_on()
        return plan


@pytest.fixture
def window(desks: Desks) -> Window:
    return Window(desks)


def test_cash_072_the_ledgers_installments_are_shown_and_the_down_payment_is_paid(
    desks: Desks, window: Window
) -> None:
    """By number or by parcel the same plan; its down payment is one receipt on its bill."""
    bill_id = desks.issue(200_000)
    plan = window.plan_of(bill_id)
    for key in ({"plan_number": plan.plan_number}, {"parcel_number": PARCEL}):
        shown = window.ask(window.lookup.LookUpPlans, lookup.LookUpPlansRequest, **key)
        assert not shown.provisional
        (found,) = shown.plans
        assert (found.plan_number, found.status) == (plan.plan_number, "active")
        assert [(one.number, one.principal_cents, one.fee_cents) for one in found.installments] == [
            (one.number, one.principal_cents, one.fee_cents) for one in plan.installments
        ]

    keys = {"plan_number": plan.plan_number, "plan_installment": 0}
    loaded = window.load("payment_plan", keys)
    down = plan.installments[0]
    assert loaded.total_cents == down.principal_cents + down.interest_cents + down.fee_cents
    receipt = window.post(loaded)
    assert [line.bill_id for line in receipt.lines] == [str(bill_id)]


def test_cash_072_a_corrected_bill_of_a_plan_has_to_be_confirmed_and_is_flagged_for_its_days(
    desks: Desks, window: Window
) -> None:
    """The ledger marks the plan; the counter says so before it says anything else."""
    bill_id = desks.issue(200_000)
    plan = window.plan_of(bill_id)
    _correct(desks, bill_id, 150_000)
    keys = {"plan_number": plan.plan_number}
    (shown,) = window.ask(window.lookup.LookUpPlans, lookup.LookUpPlansRequest, **keys).plans
    assert shown.changes_unprocessed
    assert [one.changed for one in shown.bills] == [True]

    with pytest.raises(grpc.RpcError) as refused:
        window.load("payment_plan", keys)
    assert testing.reason_of(refused.value) == "PLAN_CHANGES_UNPROCESSED"
    with pytest.raises(grpc.RpcError) as refused:
        window.load("payment_plan", keys, changes_confirmed=True)
    assert testing.reason_of(refused.value) == "FLAG_DNAP"


def test_cash_070_what_is_paid_ahead_is_held_for_the_plan(desks: Desks, window: Window) -> None:
    """For all parcels that share it, under the plan's number."""
    desks.issue(200_000)
    window.ask(
        window.prepay.OpenPrepay,
        prepay_pb2.OpenPrepayRequest,
        prepay_number="PP-7",
        name="Park family",
        parcel_numbers=[PARCEL],
    )
    keys = {"plan_number": "PP-7", "payer_name": "Dolores Park", "amount_cents": 12_500}
    loaded = window.load("pre_pay", keys)
    assert [(one.parcel_number, one.paying_cents) for one in loaded.lines] == [(PARCEL, 12_500)]
    window.post(loaded)

    held = window.ask(window.prepay.GetPrepay, prepay_pb2.GetPrepayRequest, prepay_number="PP-7")
    assert held.held_cents == 12_500


def _correct(desks: Desks, bill_id: Any, cents: int) -> None:
    """The bill's second version, as levy tells it."""
    part = {"installment": 1, "due_on": "2022-03-01", "amount_cents": cents}
    data = {
        "bill_id": str(bill_id),
        "bill_number": f"2021-{PARCEL}",
        "bill_version": 2,
        "parcel_number": PARCEL,
        "tax_year": 2021,
        "owner": {"name": "Dolores Park", "email": None},
        "corrected_on": DAY,
        "corrected_by": "assessor",
        "reason": "exemption granted",
        "total_cents": cents,
        "installments": [part],
    }
    kind = "org.millage.levy.BillCorrected.v1"
    body = testing.foreign_event(kind, f"bill/{bill_id}", data, sequence=2)
    desks.receivables.consumer.absorb("on_bill_corrected", [body])
    desks.pass_on()
