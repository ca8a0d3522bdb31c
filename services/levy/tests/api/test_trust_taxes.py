"""LEVY-022: accounts of trust taxes through the public API, on a county's own pack."""

import shutil
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import grpc
import pytest

from levy_service.trust_taxes import rulebook
from millage.levy.v1 import trust_taxes_pb2 as pb
from millage.levy.v1 import trust_taxes_pb2_grpc as stubs
from taxkit import ids, testing
from taxkit.packvalues import PackError

ROOT = Path(__file__).parents[4]
LAW = """trust_taxes:
  keyed_by: tax_year
  terms:
    - from: 2018
      citation: "A county's ordinance"
      certainty: house rule
      types:
        - {code: lodging, name: "Lodging tax", periods: 4, agency_code: "900",
           agency_name: "County", last_period_recap: true}
        - {code: parking, name: "Parking tax", periods: 12, agency_code: "900",
           agency_name: "County"}
"""


@pytest.fixture
def pack(tmp_path):
    folder = Path(shutil.copytree(ROOT / "jurisdictions" / "us-il-cook", tmp_path / "us-il-cook"))
    (folder / rulebook.FILE).write_text(LAW, encoding="utf-8")
    return folder


@pytest.fixture
def ask(app, channel, keys, pack):
    app.trust_taxes = rulebook.load(pack)
    stub = stubs.TrustTaxServiceStub(channel)

    def call(method, request, *rights):
        if hasattr(request, "idempotency_key") and not request.idempotency_key:
            request.idempotency_key = str(ids.new_id())
        token = keys.token(*(rights or ("levy.trust_tax", "levy.read")), user="clerk")
        return getattr(stub, method)(request, metadata=testing.bearer(token))

    return call


@pytest.fixture
def inn(ask):
    return open_account(ask, "TOT-7")


def open_account(ask, number, tax_type="lodging", **more):
    asked = pb.OpenTrustTaxAccountRequest(
        account_number=number, tax_type=tax_type, owner_name="Harbor Inn",
        owner_email="inn@example.org", opened_on="2022-01-01", **more,
    )  # fmt: skip
    return ask("OpenTrustTaxAccount", asked)


def posting(period, cents, *, recap=False, account="TOT-7", **more):
    return pb.PostTrustTaxReturnRequest(
        account_number=account, return_number=f"R-{account}-{period}", tax_year=2022,
        period=period, tax_cents=cents, is_recap=recap, **more,
    )  # fmt: skip


def refused(call, *args):
    with pytest.raises(grpc.RpcError) as error:
        call(*args)
    return testing.reason_of(error.value)


def events(app, name):
    with app.database.begin() as connection:
        return [
            row.body
            for row in connection.exec_driver_sql(
                "select body from outbox where routing_key = %s order by id", (name,)
            )
        ]


def test_levy_022_a_return_becomes_a_bill_that_can_be_paid(app, ask, inn, levy):
    """A bill of the class trust_tax, for the tax's agency, due at the month's end after it."""
    posted = ask("PostTrustTaxReturn", posting(1, 100_00))

    bill = levy.bill(posted.bill_id)
    assert (bill.bill_number, bill.parcel_number) == ("2022-TOT-7-01", "TOT-7")
    assert (bill.total_cents, [one.amount_cents for one in bill.lines]) == (100_00, [100_00])
    # April 30, 2022 was a Saturday.
    assert posted.due_on == bill.installments[0].due_on == "2022-05-02"
    (told,) = events(app, "BillCreated.v1")
    assert '"bill_class":"trust_tax"' in told.replace(" ", "")
    account = ask(
        "GetTrustTaxAccount", pb.GetTrustTaxAccountRequest(account_number="TOT-7", tax_year=2022)
    )
    assert [(one.period, one.status, one.billed_cents) for one in account.returns] == [
        (1, "filed", 100_00)
    ]


def test_levy_022_the_account_shows_that_its_last_period_recaps(ask, inn):
    """And an account of a tax without a recap shows that, too."""
    assert (inn.last_period_is_recap, inn.periods, inn.last_period) == (True, 4, 4)
    assert not open_account(ask, "PK-1", "parking").last_period_is_recap


def test_levy_022_the_recap_bills_what_the_year_still_owes(ask, inn, levy):
    """300 of three quarters, 450 of the year: the fourth bill is 150."""
    for period in (1, 2, 3):
        ask("PostTrustTaxReturn", posting(period, 100_00))

    assert refused(ask, "PostTrustTaxReturn", posting(4, 100_00)) == "RECAP_MISSING"
    posted = ask("PostTrustTaxReturn", posting(4, 450_00, recap=True))

    assert (posted.billed_cents, posted.taken_off_cents) == (150_00, 0)
    assert levy.bill(posted.bill_id).total_cents == 150_00


def test_levy_022_a_year_billed_too_much_lowers_earlier_bills(app, ask, inn, levy):
    """300 of three quarters, 180 of the year: nothing is due, 120 comes off the latest two."""
    bills = [ask("PostTrustTaxReturn", posting(period, 100_00)).bill_id for period in (1, 2, 3)]

    posted = ask("PostTrustTaxReturn", posting(4, 180_00, recap=True))

    assert (posted.billed_cents, posted.taken_off_cents) == (0, 120_00)
    assert [levy.bill(each).total_cents for each in bills] == [100_00, 80_00, 0]
    assert len(events(app, "BillCorrected.v1")) == 2


def test_levy_022_a_recap_before_the_last_period_is_refused_with_the_reason(ask, inn):
    """The message names the period that would be right."""
    with pytest.raises(grpc.RpcError) as error:
        ask("PostTrustTaxReturn", posting(2, 450_00, recap=True))

    assert testing.reason_of(error.value) == "PERIOD_NOT_LAST"
    assert "4 is" in error.value.details()


def test_levy_022_a_closed_accounts_year_ends_with_its_closing(ask, inn):
    """Closed in May: the second quarter recaps, and there is no third."""
    ask("PostTrustTaxReturn", posting(1, 100_00))
    closing = pb.CloseTrustTaxAccountRequest(account_number="TOT-7", closed_on="2022-05-20")

    assert ask("CloseTrustTaxAccount", closing).last_period == 2
    assert refused(ask, "PostTrustTaxReturn", posting(3, 1)) == "PERIOD_INVALID"
    assert ask("PostTrustTaxReturn", posting(2, 130_00, recap=True)).billed_cents == 30_00
    again = pb.CloseTrustTaxAccountRequest(account_number="TOT-7", closed_on="2022-06-20")
    assert refused(ask, "CloseTrustTaxAccount", again) == "ACCOUNT_CLOSED"


def test_levy_022_the_same_return_is_posted_once(ask, inn, app):
    """Under one key with one answer; under another key it is on file."""
    asked = posting(1, 100_00, idempotency_key="k")

    assert ask("PostTrustTaxReturn", asked) == ask("PostTrustTaxReturn", asked)
    assert refused(ask, "PostTrustTaxReturn", posting(1, 100_00)) == "PERIOD_FILED"
    assert len(events(app, "BillCreated.v1")) == 1


@pytest.mark.parametrize(
    ("request_of", "reason"),
    [
        (lambda: posting(2, 1, account="TOT-8"), "ACCOUNT_UNKNOWN"),
        (lambda: posting(2, 1, account="T/1"), "ACCOUNT_NUMBER_INVALID"),
        (lambda: posting(2, -1), "TAX_OUT_OF_RANGE"),
        (lambda: posting(0, 1), "PERIOD_INVALID"),
    ],
)
def test_levy_022_bad_input_posts_nothing(app, ask, inn, request_of, reason):
    """Each with its reason."""
    assert refused(ask, "PostTrustTaxReturn", request_of()) == reason
    assert events(app, "BillCreated.v1") == []


def test_levy_022_a_county_without_trust_taxes_opens_no_account(app, ask):
    """A pack need not have the file."""
    app.trust_taxes = rulebook.load(ROOT / "jurisdictions" / "us-il-cook")

    asked = pb.OpenTrustTaxAccountRequest(account_number="A", tax_type="lodging", owner_name="B")
    assert refused(ask, "OpenTrustTaxAccount", asked) == "TRUST_TAX_TYPE_UNKNOWN"


def test_levy_022_other_rights_do_not_reach(ask, inn):
    """Reading is not posting."""
    assert refused(ask, "PostTrustTaxReturn", posting(1, 1), "levy.read") == "FORBIDDEN"


@pytest.mark.parametrize(
    ("written", "instead", "complaint"),
    [
        ("periods: 4", "periods: 5", "do not divide a year"),
        ("code: parking", "code: lodging", "one of them twice"),
    ],
)
def test_levy_022_a_law_that_does_not_add_up_is_refused(pack, written, instead, complaint):
    """On load, with file and line."""
    (pack / rulebook.FILE).write_text(LAW.replace(written, instead), encoding="utf-8")

    with pytest.raises(PackError, match=complaint):
        rulebook.load(pack)


def test_levy_022_due_dates_go_by_periods_and_business_days(pack):
    """The fourth quarter of 2022 is due January 31, 2023; November's parking moves into January."""
    taxes = rulebook.load(pack)
    lodging, _ = taxes.find("lodging", 2022)
    parking, _ = taxes.find("parking", 2022)

    assert str(lodging.due_on(2022, 4, taxes.days)) == "2023-01-31"
    # December 31, 2022 was a Saturday, January 2 the day New Year's Day was kept.
    assert str(parking.due_on(2022, 11, taxes.days)) == "2023-01-03"
    assert str(replace(parking, due_months_after=0).due_on(2022, 2, taxes.days)) == "2022-02-28"


def test_levy_022_a_bill_is_its_accounts(ask, inn, levy):
    """All bills of an account are found by its number, page by page."""
    bills = {ask("PostTrustTaxReturn", posting(period, 100_00)).bill_id for period in (1, 2, 3)}

    first = levy.bills(parcel_number="TOT-7", page_size=2)
    rest = levy.bills(parcel_number="TOT-7", page_size=2, page_token=first.next_page_token)

    assert {one.bill_id for one in (*first.bills, *rest.bills)} == bills
    assert all(UUID(one) for one in bills)


def test_levy_015_a_recap_that_lowers_bills_waits_for_an_open_payment_file(app, ask, inn, levy):
    """Refused with the file's run while that may pay one of them; a recap that asks more is not."""
    bill_id = ask("PostTrustTaxReturn", posting(1, 100_00)).bill_id
    for period in (2, 3):
        ask("PostTrustTaxReturn", posting(period, 100_00))
    run_id = str(ids.new_id())
    data = {
        "run_id": run_id, "layout": "csv", "file_name": "night.csv", "file_sha256": "00",
        "business_date": "2023-03-31", "line_count": 1, "names_its_bills": False, "bills": [],
    }  # fmt: skip
    name = "org.millage.cashiering.ImportRunStarted.v1"
    body = testing.foreign_event(name, f"import/{run_id}", data, sequence=1)
    app.consumer.absorb("on_import_run_started", [body])

    assert refused(ask, "PostTrustTaxReturn", posting(4, 180_00, recap=True)) == "IMPORT_ACTIVE"
    assert levy.bill(bill_id).total_cents == 100_00
    assert ask("PostTrustTaxReturn", posting(4, 450_00, recap=True)).billed_cents == 150_00


def test_levy_022_an_account_is_not_closed_before_it_was_opened_or_last_filed(ask, inn):
    """Its last period would be before one that is on file."""
    ask("PostTrustTaxReturn", posting(1, 100_00))
    ask("PostTrustTaxReturn", posting(2, 100_00))
    for day in ("2021-12-31", "2022-03-31"):
        asked = pb.CloseTrustTaxAccountRequest(account_number="TOT-7", closed_on=day)
        assert refused(ask, "CloseTrustTaxAccount", asked) == "CLOSED_ON_TOO_EARLY"
