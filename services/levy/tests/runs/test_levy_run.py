"""LEVY-002: a certified roll is issued in batches: once, whole, whatever is killed or repeated."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from levy_service.events import BillCreatedV1
from millage.levy.v1 import runs_pb2 as pb
from taxkit import testing


def _reason(call) -> str:
    with pytest.raises(grpc.RpcError) as refusal:
        call()
    return testing.reason_of(refusal.value)


def test_levy_002_a_staged_roll_has_no_bills_until_it_is_run(levy, runs, staged, count) -> None:
    """Rates and parcels are on file, nothing is issued and nobody is told."""
    answer = staged()

    assert answer.staged_parcels == count()["parcels"] > 0
    assert (answer.bill_count, count()["bills"], count()["outbox"]) == (0, 0, 0)


def test_levy_002_a_run_issues_what_loading_at_once_issues(
    levy, runs, staged, roll, expected, app
) -> None:
    """The printed bills to the cent, each with its event, balanced and valid."""
    staged()
    runs.certify(runs.preview())
    done = runs.run()

    bills = levy.bills(tax_year=2021).bills
    printed = {key[1]: row for key, row in expected.bills.items() if key[0] == "2021"}
    assert done.state == pb.RUN_STATE_FINISHED
    assert len(printed) == len(bills) == done.bill_count
    for bill in bills:
        assert int(printed[bill.parcel_number]["total_cents"]) == bill.total_cents
        lines = {line.agency_code: line.amount_cents for line in bill.lines}
        assert expected.lines["2021", bill.parcel_number] == lines
    told = testing.emitted(app)
    assert Counter(bill.bill_id for bill in bills) == Counter(e["data"]["bill_id"] for e in told)
    assert [{}] * len(told) == [BillCreatedV1().validate(each["data"]) for each in told]


def test_levy_002_progress_is_told_batch_by_batch(runs, staged, roll) -> None:
    """Five parcels a batch; the last message has the run."""
    staged()
    runs.certify(runs.preview())
    *steps, last = runs.run_steps()

    parcels = len(roll.parcels(2021))
    assert [min(n, parcels) for n in range(5, parcels + 5, 5)] == [s.bills_issued for s in steps]
    assert {parcels} == {step.bills for step in steps}
    assert (last.run.batch_count, last.run.bill_count) == (len(steps), parcels)
    assert runs.get(last.run.run_id) == last.run


def test_levy_002_a_run_that_was_cut_off_goes_on_behind_its_last_batch(
    runs, staged, levy, count
) -> None:
    """The caller hangs up after a batch; the same key again issues the rest, and only that."""
    staged()
    preview = runs.preview()
    runs.certify(preview)
    cut = runs.begin()
    next(iter(cut))
    cut.cancel()
    done = runs.insist()

    numbers = [bill.bill_number for bill in levy.bills(tax_year=2021).bills]
    assert (preview.bill_count, preview.total_cents) == (done.bill_count, done.total_cents)
    assert preview.bill_count == len(numbers) == len(set(numbers))
    assert preview.bill_count == count()["outbox"]
    assert preview.line_count == count()["bill_lines"]


def test_levy_002_the_same_key_is_answered_as_before(runs, staged, count) -> None:
    """A finished run asked for again issues nothing."""
    staged()
    runs.certify(runs.preview())
    first, before = runs.run(), count()

    assert first == runs.run()
    assert before == count()
    assert _reason(lambda: runs.run(2020)) == "IDEMPOTENCY_CONFLICT"


def test_levy_002_two_callers_at_once_issue_every_bill_once(runs, staged, levy) -> None:
    """Each batch is one caller's; the other is told to come again."""
    staged()
    preview = runs.preview()
    runs.certify(preview)
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: runs.insist(), range(3)))

    assert all(answer == answers[0] for answer in answers)
    numbers = [bill.bill_number for bill in levy.bills(tax_year=2021).bills]
    assert preview.bill_count == len(numbers) == len(set(numbers))


def test_levy_002_nothing_is_run_that_nobody_certified(runs, staged, count) -> None:
    """Neither a staged roll nor a preview is enough."""
    staged()
    assert _reason(runs.run) == "ROLL_NOT_CERTIFIED"
    runs.preview()
    assert _reason(runs.run) == "ROLL_NOT_CERTIFIED"
    assert count()["bills"] == 0


def test_levy_002_what_was_certified_otherwise_is_not_run(
    runs, staged, levy, roll, changed_parcel, count
) -> None:
    """A value changed behind the certificate: preview and certify again, then it runs."""
    staged()
    runs.certify(runs.preview())
    levy.load([roll.header(2021, "later", only_stage=True), changed_parcel(400_000)])

    assert _reason(runs.run) == "ROLL_CERTIFIED_OTHERWISE"
    assert count()["bills"] == 0
    again = runs.preview(key="again")
    runs.certify(again)
    assert again.total_cents == runs.run().total_cents


def test_levy_002_a_later_roll_of_the_year_is_a_run_of_its_own(
    runs, levy, roll, staged, count
) -> None:
    """Parcels that came later are certified and issued by themselves."""
    first, *others = roll.parcels(2021)
    levy.load([roll.header(2021, "one", only_stage=True), *roll.rates(2021), first])
    runs.certify(runs.preview())
    one = runs.run()
    levy.load([roll.header(2021, "two", only_stage=True), *others])
    runs.certify(runs.preview(key="second"))
    two = runs.run(key="second")

    assert (one.bill_count, two.bill_count) == (1, len(others))
    assert count()["bills"] == 1 + len(others)


def test_levy_002_a_year_is_left_alone_while_its_run_has_not_ended(
    app, runs, staged, levy, roll
) -> None:
    """No roll, preview or certificate comes between the batches of a run."""
    staged()
    runs.certify(runs.preview())
    with app.database.begin() as connection:
        connection.exec_driver_sql(
            "insert into levy_runs select gen_random_uuid(), certification_id, tax_year, 'x',"
            " trace_id, now() from roll_certifications"
        )

    refused = levy.refused([roll.header(2021, "more"), *roll.parcels(2021)])
    assert testing.reason_of(refused) == "RUN_UNFINISHED"
    assert _reason(lambda: runs.preview(key="more")) == "RUN_UNFINISHED"
    assert _reason(lambda: runs.run(key="more")) == "RUN_UNFINISHED"


def test_levy_002_bills_of_a_class_say_so(app, runs, staged) -> None:
    """The class of the roll that staged them is the run's, and in their events."""
    staged(bill_class="unsecured")
    assert _reason(runs.preview) == "NOTHING_TO_BILL"
    runs.certify(runs.preview(key="unsecured", bill_class="unsecured"))
    assert _reason(runs.run) == "ROLL_NOT_CERTIFIED"
    done = runs.run(key="unsecured", bill_class="unsecured")

    assert done.bill_class == "unsecured"
    assert {"unsecured"} == {each["data"]["bill_class"] for each in testing.emitted(app)}
