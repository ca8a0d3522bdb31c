"""CASH-018 to CASH-024, CASH-073 through the public API."""

import pytest

from millage.cashiering.v1 import basket_pb2 as pb
from taxkit import testing

PIN = "55555555555555"
DEFAULTED = {
    "collection_types_apart: false": "collection_types_apart: true",
    "defaulted_together: false": "defaulted_together: true",
    "defaulted_in_full: false": "defaulted_in_full: true",
}


def codes(basket: pb.Basket) -> list[str]:
    return [one.code for one in basket.findings]


@pytest.fixture
def flag(app):
    """Set a flag, as the read copy has it."""

    def put(kind: str, subject: str, name: str) -> None:
        with app.database.begin() as connection:
            connection.exec_driver_sql(
                "insert into flags values (%s, %s, %s, true, 1)", (kind, subject, name)
            )

    return put


@pytest.fixture
def plan(app, bill_of):
    """Put a bill into a plan, as the read copy has it."""

    def put(number: str, status: str, parcel: str, year: int) -> None:
        with app.database.begin() as connection:
            connection.exec_driver_sql("insert into plans values (%s, %s)", (number, status))
            connection.exec_driver_sql(
                "insert into plan_bills values (%s, %s)", (number, bill_of(parcel, year))
            )

    return put


@pytest.fixture
def defaulted(bills, installments) -> None:
    """Two defaulted years of a parcel and a current one."""
    past = [(30_000, "2020-03-01", "DS"), (20_000, "2020-08-01", "DS")]
    for year in (2018, 2019):
        bills((PIN, year, 50_000), installments=installments(*past))
    bills((PIN, 2021, 9_000), installments=installments((9_000, "2022-12-30", "S")))


def test_cash_018_loading_by_bill_number_warns_of_other_years(window, basket, bills) -> None:
    """By PIN it does not: all of them are there."""
    bills((PIN, 2020, 400), (PIN, 2021, 500))
    one = window.load(basket, tax_year=2021, bill_number=PIN)
    assert codes(one) == ["OTHER_YEARS_OWED"]
    assert "2020 $4.00" in one.findings[0].message

    assert codes(window.load(basket, parcel_number=PIN)) == []


def test_cash_020_who_took_a_basket_up_is_no_second_person(
    county, counter, keys, basket, defaulted, refused
) -> None:
    """A basket that goes over to another cashier's session is that cashier's to pay for."""
    clerk, other = county(DEFAULTED), county(DEFAULTED, user="other")
    loaded = clerk.load(basket, parcel_number=PIN)
    counter.metadata = testing.bearer(keys.token("cashiering.*", user="other"))
    elsewhere = counter.open("W07")
    paused = clerk.change("PauseBasket", loaded)
    taken = other.change("RetrieveBasket", paused, session_id=elsewhere.session_id)
    asked = {"code": "DEFAULTED_SET_INCOMPLETE", "parcel_number": PIN, "reason": "heirs"}

    refused("APPROVAL_OWN", lambda: other.change("ApproveFinding", taken, **asked))
    refused("APPROVAL_OWN", lambda: clerk.change("ApproveFinding", taken, **asked))
    boss = county(DEFAULTED, user="boss")
    assert boss.change("ApproveFinding", taken, **asked).version > taken.version


def test_cash_019_subtotals_where_the_county_wants_them(
    county, window, basket, bills, defaulted, installments
) -> None:
    """Secured with what is defaulted, unsecured apart, each current and delinquent."""
    bills(("6", 2021, 70), installments=installments((70, "2022-01-31", "U")))
    apart = county(DEFAULTED)
    apart.load(basket, parcel_number=PIN)
    loaded = apart.load(basket, parcel_number="6")

    assert [
        (one.collection_type, one.current_cents, one.delinquent_cents, one.paying_cents)
        for one in loaded.subtotals
    ] == [("S", 9_000, 100_000, 109_000), ("U", 0, 70, 70)]
    assert window.get(basket.basket_id).subtotals == []


def test_cash_020_one_defaulted_bill_pulls_in_the_others(county, window, basket, defaulted) -> None:
    """Those in default and no more; in a county without the rule, none."""
    one = window.load(basket, tax_year=2019, bill_number=PIN)
    assert [line.tax_year for line in one.lines] == [2019]
    whole = county(DEFAULTED).load(basket, tax_year=2019, bill_number=PIN)

    assert [line.tax_year for line in whole.lines] == [2019, 2018]


def test_cash_020_a_set_is_removed_whole_or_with_approval(
    county, basket, defaulted, refused, rows
) -> None:
    """The approval is a second person's, with a reason, and stays on record."""
    clerk = county(DEFAULTED)
    boss = county(DEFAULTED, user="boss")
    loaded = clerk.load(basket, parcel_number=PIN)
    some = {"line_numbers": [1]}
    refused("DEFAULTED_SET_INCOMPLETE", clerk.change, "RemoveLines", loaded, **some)
    asked = {"code": "DEFAULTED_SET_INCOMPLETE", "parcel_number": PIN, "reason": "heirs"}
    refused("APPROVAL_OWN", lambda: clerk.change("ApproveFinding", loaded, **asked))
    plain = county(DEFAULTED, "cashiering.basket", user="third")
    refused("FORBIDDEN", lambda: plain.change("ApproveFinding", loaded, **asked))
    approved = boss.change("ApproveFinding", loaded, **asked)
    left = clerk.change("RemoveLines", approved, **some)

    assert [line.tax_year for line in left.lines] == [2019, 2021]
    assert [(one.code, one.approved) for one in left.findings] == [
        ("DEFAULTED_SET_INCOMPLETE", True)
    ]
    assert rows("select approved_by, reason from basket_approvals") == [("boss", "heirs")]


def test_cash_020_all_defaulted_bills_may_be_removed_together(county, basket, defaulted) -> None:
    clerk = county(DEFAULTED)
    loaded = clerk.load(basket, parcel_number=PIN)
    left = clerk.change("RemoveLines", loaded, line_numbers=[1, 2])

    assert [line.tax_year for line in left.lines] == [2021]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"code": "PLAN_PENDING"}, "FINDING_NOT_APPROVABLE"),
        ({"reason": " "}, "REASON_MISSING"),
        ({"parcel_number": "1"}, "PARCEL_NOT_FOUND"),
        ({"version": 1}, "BASKET_CHANGED"),
        ({"reason": "x" * 501}, "TEXT_INVALID"),
    ],
)
def test_an_approval_of_what_cannot_be_approved_is_refused(
    county, basket, defaulted, refused, unchanged, given, reason
) -> None:
    boss = county(DEFAULTED, user="boss")
    loaded = boss.load(basket, parcel_number=PIN)
    asked = {"code": "DEFAULTED_SET_INCOMPLETE", "parcel_number": PIN, "reason": "heirs"}
    with unchanged():
        refused(reason, lambda: boss.change("ApproveFinding", loaded, **{**asked, **given}))


def test_cash_022_a_delinquent_related_tax_type_is_named(
    county, basket, bills, app, levied, bill_of
) -> None:
    """The mobile home's bill is delinquent; its type comes from the property class on the bill."""
    bills((PIN, 2020, 800), (PIN, 2021, 900))
    app.consumer.absorb("on_bill_created", [levied(PIN, 2020, "MH1"), levied(PIN, 2021, "211")])
    related = county(
        {
            'classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]}': 'classes: ["2"]}\n'
            '        - {code: mobile, name: "Mobile home", classes: ["MH"]}',
            "related: []": "related: [{tax_type: mobile, may_override: false}]",
        }
    )
    found = related.load(basket, tax_year=2021, bill_number=PIN)
    assert codes(found) == ["RELATED_TAX_DELINQUENT", "OTHER_YEARS_OWED"]
    assert "delinquent in Mobile home" in found.findings[0].message

    assert codes(related.load(basket, parcel_number=PIN)) == []


@pytest.mark.parametrize(("kind", "subject"), [("parcel", PIN), ("party", "Imogen")])
def test_cash_023_flagged_bills_are_left_out_and_told(
    window, basket, bills, flag, refused, kind, subject
) -> None:
    """Do not allow payment: alone it refuses, among others it is listed as dropped."""
    bills((PIN, 2021, 500), owner={"name": "Imogen", "email": None})
    bills(("6", 2021, 70))
    flag(kind, subject, "dnap")
    refused("FLAG_DNAP", window.load, basket, parcel_number=PIN)
    loaded = window.load(basket, parcel_numbers=[PIN, "6"])

    assert [line.parcel_number for line in loaded.lines] == ["6"]
    assert [(one.code, one.bill_number) for one in loaded.dropped] == [("FLAG_DNAP", f"2021-{PIN}")]


def test_cash_023_a_flag_that_is_not_set_up_is_not_shown(window, basket, bills, flag) -> None:
    """One that asks for an action says which."""
    bills((PIN, 2021, 500))
    flag("parcel", PIN, "gossip")
    assert codes(window.load(basket, parcel_number=PIN)) == []
    flag("parcel", PIN, "bad_check")
    (found,) = window.get(basket.basket_id).findings

    assert found.severity == pb.FINDING_SEVERITY_CONFIRM
    assert "take cash or certified funds" in found.message


def test_cash_024_protest_in_a_plan_refuses_and_neither_alone_does(
    window, basket, bills, flag, plan, refused
) -> None:
    bills((PIN, 2020, 500), (PIN, 2021, 500))
    plan("PL-1", "active", PIN, 2020)
    assert codes(window.load(basket, tax_year=2020, bill_number=PIN)) == ["OTHER_YEARS_OWED"]
    flag("parcel", PIN, "protest")
    window.load(basket, tax_year=2021, bill_number=PIN)
    other = window.open(basket.session_id)

    refused("FLAG_PROTEST", window.load, other, tax_year=2020, bill_number=PIN)
    found = {one.bill_number: one.severity for one in window.get(basket.basket_id).findings}
    assert found == {
        f"2020-{PIN}": pb.FINDING_SEVERITY_REFUSE,
        f"2021-{PIN}": pb.FINDING_SEVERITY_SHOW,
    }


def test_cash_073_a_bill_in_a_pending_plan_is_not_loaded(
    window, basket, bills, plan, refused
) -> None:
    bills((PIN, 2021, 500))
    plan("PL-1", "pending", PIN, 2021)

    error = refused("PLAN_PENDING", window.load, basket, parcel_number=PIN)
    assert "activate or void the plan first" in error.details()


def test_cash_006_bills_the_cashier_may_not_take_are_left_out_and_told(
    app, window, basket, bills, installments, refused
) -> None:
    """Listed with the reason; when nothing else was asked for the call is refused."""
    bills((PIN, 2021, 500))
    bills(("6", 2021, 70), installments=installments((70, "2022-01-31", "U")))
    with app.database.begin() as connection:
        connection.exec_driver_sql(
            "insert into cashier_limits (limits_id, cashier, effective_from, may_take, set_by,"
            " trace_id, recorded_at) values (gen_random_uuid(), 'cashier', '2020-01-01',"
            " 'secured', 'boss', gen_random_uuid(), now())"
        )
    loaded = window.load(basket, parcel_numbers=[PIN, "6"])

    assert [line.parcel_number for line in loaded.lines] == [PIN]
    assert [(one.code, one.bill_number) for one in loaded.dropped] == [
        ("COLLECTION_TYPE_NOT_ALLOWED", "2021-6")
    ]
    refused("COLLECTION_TYPE_NOT_ALLOWED", window.load, basket, parcel_number="6")


def test_cash_076_a_mobile_home_is_paid_with_its_decal(
    county, basket, bills, app, levied, counter, refused
) -> None:
    """Asked for, confirmed, and printed on the receipt."""
    bills((PIN, 2021, 900))
    app.consumer.absorb("on_bill_created", [levied(PIN, 2021, "MH1")])
    homes = county(
        {
            'classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]}': 'classes: ["2"]}\n'
            '        - {code: mobile, name: "Mobile home", classes: ["MH"], needs_decal: true}',
        }
    )
    loaded = homes.load(basket, parcel_number=PIN)
    pay = {"tenders": [counter.cash(900)]}
    refused("DECAL_MISSING", homes.change, "PostBasket", loaded, **pay)
    told = homes.change("ChangeLine", loaded, line_number=1, decal_number="GA-77")
    refused("FINDING_NOT_CONFIRMED", homes.change, "PostBasket", told, **pay)
    done = homes.change("PostBasket", told, confirmed=["DECAL_CONFIRM"], **pay)

    assert done.receipt.note == f"decal GA-77 of bill 2021-{PIN}"
    assert done.basket.lines[0].decal_number == "GA-77"


def test_cash_022_where_it_may_be_overridden_a_second_person_lets_it_pass(
    county, basket, bills, app, levied, refused, counter
) -> None:
    """The delinquent tax type stays named; posting waits for the approval."""
    bills((PIN, 2020, 800), (PIN, 2021, 900))
    app.consumer.absorb("on_bill_created", [levied(PIN, 2020, "MH1"), levied(PIN, 2021, "211")])
    law = {
        'classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]}': 'classes: ["2"]}\n'
        '        - {code: mobile, name: "Mobile home", classes: ["MH"]}',
        "related: []": "related: [{tax_type: mobile, may_override: true}]",
    }
    window, head = county(law), county(law, user="head")
    loaded = window.load(basket, tax_year=2021, bill_number=PIN)
    tenders = [counter.cash(900)]
    error = refused("RELATED_TAX_DELINQUENT", window.change, "PostBasket", loaded, tenders=tenders)
    assert "Mobile home" in error.details()

    about = {"code": "RELATED_TAX_DELINQUENT", "parcel_number": PIN, "reason": "paid elsewhere"}
    refused("APPROVAL_OWN", lambda: window.change("ApproveFinding", loaded, **about))
    allowed = head.change("ApproveFinding", window.get(basket.basket_id), **about)
    posted = window.change("PostBasket", allowed, tenders=tenders)
    assert posted.receipt.total_cents == 900
