"""RECV-010 to RECV-012: rules by name, fees first, by hand; previewed by what posts them."""

import random
from datetime import date, timedelta
from pathlib import Path

import grpc
import pytest
import yaml

from millage.receivables.v1 import allocation_pb2 as pb
from millage.receivables.v1 import allocation_pb2_grpc as stubs
from taxkit.ids import new_id
from taxkit.testing import reason_of

PAID = date(2020, 5, 1)
ROOT = Path(__file__).parents[4]
BY_HAND = [
    {"installment": 2, "charge_type": "tax", "amount_cents": 20_000},
    {"installment": 1, "charge_type": "penalty", "amount_cents": 1_000},
]


@pytest.fixture
def rules(california):
    """A bill of 500 and 500, both late: 50 penalty on each."""
    california.issue(500, 500)
    california.day(PAID)
    california.rules = stubs.AllocationServiceStub(california.channel)
    return california


def preview(county, dollars, **given):
    request = pb.PreviewAllocationRequest(
        **{"bill_id": str(county.bill), "amount_cents": dollars * 100} | given
    )
    return county.rules.PreviewAllocation(request, metadata=county.caller())


def rows(found):
    return [(one.installment, one.charge_type, one.amount_cents) for one in found.rows]


def posted(county):
    told = county.told("PaymentAllocated")[-1]
    return [(one["installment"], one["charge_type"], one["amount_cents"]) for one in told["rows"]]


def allocation(rule="", service="", hand=()):
    return {
        "rule_id": rule,
        "service": service,
        "overridden": bool(hand),
        "by": "bea" if hand else "",
        "at": "2020-05-01T15:00:00+00:00",
        "rows": list(hand),
    }


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, [(1, "penalty", 5_000), (1, "tax", 50_000), (2, "penalty", 2_000)]),
        ({"rule": "tax-first"}, [(1, "tax", 50_000), (1, "penalty", 5_000), (2, "tax", 2_000)]),
        ({"service": "tax"}, [(1, "penalty", 5_000), (1, "tax", 50_000), (2, "penalty", 2_000)]),
        (
            {"hand": BY_HAND},
            [
                (2, "tax", 20_000),
                (1, "penalty", 1_000),
                (1, "penalty", 4_000),
                (1, "tax", 32_000),
            ],
        ),
    ],
)
def test_recv_010_what_is_previewed_is_what_is_posted(rules, given, wanted):
    """RECV-010, RECV-012, CASH-053: by law, by name, by service, and by hand."""
    asked = dict(given)
    hand = asked.pop("hand", ())
    found = preview(rules, 570, by_hand=[pb.AllottedAmount(**one) for one in hand], **asked)
    assert wanted == rows(found)
    receipt = rules.pay(
        570, PAID, allocation=allocation(given.get("rule", ""), given.get("service", ""), hand)
    )
    assert sorted(wanted) == sorted(posted(rules))
    assert found.open_cents == rules.quote(PAID).open_cents
    by_hand = {one["rule_id"] for one in rules.told("PaymentAllocated")[-1]["rows"]} & {"by-hand"}
    assert bool(hand) == bool(by_hand)
    assert rules.balance_of_receipts()[str(receipt)] == 57_000


def test_recv_010_a_preview_tells_of_its_own_money_only(rules):
    """RECV-010: dated before a payment that then leaves surplus, its rows are what it brings."""
    rules.pay(1100, PAID)
    found = preview(rules, 50, effective_on=(PAID - timedelta(days=30)).isoformat())
    assert sum(cents for _, _, cents in rows(found)) + found.surplus_cents == 5_000


def test_recv_012_the_mark_of_who_allocated_by_hand_is_kept_with_the_payment(rules):
    """RECV-012: as received, with the time; and derived again it comes out the same."""
    rules.pay(570, PAID, allocation=allocation(hand=BY_HAND))
    with rules.app.database.begin() as connection:
        body = connection.exec_driver_sql(
            "select body from facts where kind = 'payment'"
        ).scalar_one()
    assert (body["by"], body["at"]) == ("bea", "2020-05-01T15:00:00+00:00")
    before = rules.cells()
    rules.default()
    assert before["pay S tax 2"] == rules.cells()["pay S tax 2"] == -200


def test_recv_012_what_hands_put_on_a_charge_that_is_no_longer_open_goes_by_the_rule(rules):
    """RECV-012: a correction may land between the till and the ledger; no cent is lost."""
    rules.correct(500, 0, on=date(2020, 4, 30))
    receipt = rules.pay(570, PAID, allocation=allocation(hand=BY_HAND))
    assert rules.balance_of_receipts()[str(receipt)] == 57_000
    assert rules.cells()["pay S tax 1"] == -500


def test_recv_011_a_buyers_money_meets_the_fees_of_sale_and_redemption_first(rules):
    """RECV-011: fees-first is the rule the buyer service starts from."""
    (buyer,) = [
        one
        for one in rules.rules.ListAllocationRules(
            pb.ListAllocationRulesRequest(), metadata=rules.caller()
        ).rules
        if "buyer" in one.services
    ]
    assert (buyer.code, buyer.keys[0]) == ("fees-first", "charge_code")
    assert list(buyer.charge_codes) == ["presale_fee", "redemption_fee"]


@pytest.mark.parametrize("pack", ["us-ca", "us-il-cook"])
def test_recv_011_fees_first_pays_them_before_an_older_installment(pack):
    """RECV-011: wherever the fees of the sale stand, they come before all else."""
    from receivables_service.domain.terms import ChargeType, CollectionType
    from receivables_service.rulebook import load

    rule = load(ROOT / "jurisdictions" / pack).order(PAID, service="buyer")
    charges = [
        (1, ChargeType.TAX, CollectionType.DEFAULTED, ""),
        (1, ChargeType.FEE, CollectionType.DEFAULTED, "returned_check"),
        (2, ChargeType.FEE, CollectionType.DEFAULTED, "redemption_fee"),
        (3, ChargeType.FEE, CollectionType.DEFAULTED, "presale_fee"),
    ]
    random.Random(7).shuffle(charges)
    order = sorted(charges, key=lambda charge: rule.rank(*charge))
    assert [charge[3] for charge in order[:2]] == ["presale_fee", "redemption_fee"]
    assert order[3][:2] == (1, ChargeType.TAX)


def test_recv_010_a_rule_may_go_by_fund(tmp_path):
    """RECV-010: the fund of a charge is its code's, or its type's; what is in none comes last."""
    from receivables_service.allocation.rulebook import AllocationLaw, FundLaw, order
    from receivables_service.domain.terms import AllocationKey, ChargeType, CollectionType
    from taxkit.lawpack import Certainty, Term

    law = AllocationLaw(
        keys=(AllocationKey.FUND,),
        charge_types=(ChargeType.TAX, ChargeType.INTEREST),
        collection_types=(CollectionType.SECURED,),
        funds=("roads", "general"),
        fund_of=(FundLaw("tax", "general"), FundLaw("lien", "roads")),
    )
    rule = order(Term("r", "c", Certainty.HOUSE_RULE, "", law))
    charges = [
        (1, ChargeType.INTEREST, CollectionType.SECURED, ""),
        (1, ChargeType.TAX, CollectionType.SECURED, ""),
        (1, ChargeType.FEE, CollectionType.SECURED, "lien"),
    ]
    found = sorted(charges, key=lambda charge: rule.rank(*charge))
    assert [charge[1].value for charge in found] == ["fee", "tax", "interest"]
    with pytest.raises(ValueError, match="one without the other"):
        AllocationLaw((AllocationKey.FUND,), law.charge_types, law.collection_types)


@pytest.mark.parametrize(
    "folder",
    sorted(
        file.parent
        for file in (ROOT / "jurisdictions").glob("*/cashiering.yaml")
        if (file.parent / "receivables.yaml").exists()
        and "allocation_rules:" in file.read_text("utf-8")
    ),
    ids=lambda folder: folder.name,
)
def test_recv_010_every_rule_a_counter_offers_is_one_the_ledger_knows(folder):
    """RECV-010, CASH-051: else a payment that asks for it would wait for a person, or a counter
    would waive by another order than the ledger's."""
    from receivables_service.rulebook import load

    offered = yaml.safe_load((folder / "cashiering.yaml").read_text("utf-8"))["allocation_rules"]
    for term in offered["terms"]:
        law = load(folder).allocation_rules.values[-1]
        rules = {rule["code"]: rule for rule in term["rules"]}
        started = {one: code for code, rule in rules.items() for one in rule.get("services", ())}
        assert set(rules) <= set(law.rules)
        assert started == law.services
        for code, rule in rules.items():
            assert rule["charge_types"] == [one.value for one in law.rules[code].charge_types]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"bill_id": "x"}, "ID_INVALID"),
        ({"bill_id": str(new_id())}, "BILL_NOT_FOUND"),
        ({"amount_cents": 0}, "AMOUNT_NOT_POSITIVE"),
        ({"amount_cents": 2**60}, "AMOUNT_TOO_LARGE"),
        ({"rule": "mine"}, "NO_LAW_IN_FORCE"),
        ({"rule": "x" * 61}, "TEXT_INVALID"),
        ({"effective_on": "2199-01-01"}, "DATE_IN_FUTURE"),
        ({"by_hand": [pb.AllottedAmount(installment=1, charge_type="x")]}, "CHARGE_TYPE_INVALID"),
        (
            {
                "by_hand": [
                    pb.AllottedAmount(
                        installment=1, charge_type="tax", amount_cents=1, collection_type="X"
                    )
                ]
            },
            "COLLECTION_TYPE_INVALID",
        ),
        (
            {"by_hand": [pb.AllottedAmount(installment=1, charge_type="tax", amount_cents=5_701)]},
            "ROWS_EXCEED_AMOUNT",
        ),
        (
            {"by_hand": [pb.AllottedAmount(installment=1, charge_type="tax", amount_cents=-1)]},
            "AMOUNT_NOT_POSITIVE",
        ),
    ],
)
def test_recv_010_a_preview_of_nonsense_is_refused(rules, given, reason):
    """RECV-010: by its reason, and nothing is posted by any preview."""
    with pytest.raises(grpc.RpcError) as refused:
        preview(rules, 57, **given)
    assert reason == reason_of(refused.value)
    assert rules.told("PaymentAllocated") == []
