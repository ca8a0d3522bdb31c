"""LEVY-015: bills are not issued while a payment file may pay bills of their parcels."""

import pytest

from millage.levy.v1 import runs_pb2 as pb
from millage.levy.v1.runs_pb2_grpc import RunServiceStub
from taxkit import testing


@pytest.fixture
def year(channel, keys):
    """Preview and certify a staged year as one person; gives what runs it as another."""
    stub = RunServiceStub(channel)
    auditor, clerk = (testing.bearer(keys.token("levy.*", user=user)) for user in ("ada", "bea"))

    def certify(tax_year: int):
        asked = pb.PreviewLevyRequest(idempotency_key=f"p{tax_year}", tax_year=tax_year)
        preview = list(stub.PreviewLevy(asked, metadata=auditor))[-1].preview
        stub.CertifyRoll(
            pb.CertifyRollRequest(
                idempotency_key=f"c{tax_year}", preview_id=preview.preview_id,
                statement="as extended", bill_count=preview.bill_count,
                total_cents=preview.total_cents,
            ),
            metadata=auditor,
        )  # fmt: skip
        run = pb.RunLevyRequest(idempotency_key=f"r{tax_year}", tax_year=tax_year)
        return lambda metadata=clerk: list(stub.RunLevy(run, metadata=metadata))[-1].run

    return certify, auditor


@pytest.mark.parametrize("named", [True, False], ids=["its-bills", "any-bill"])
def test_levy_015_a_roll_waits_for_a_file_that_may_pay_its_parcels(
    levy, roll, bills, runs, count, named
) -> None:
    """LEVY-015: refused with the file's id, nothing of it is kept; taken once the file is over."""
    before = count()
    file = runs.begin(*(bills[:1] if named else ()), named=named)
    own = [part for part in roll.whole(2020) if part.WhichOneof("part") != "parcel"]
    parcel = roll.parcels(2021)[0]
    parcel.parcel.parcel_number = bills[0].parcel_number
    parcel.parcel.tax_code = roll.parcels(2020)[0].parcel.tax_code

    error = levy.refused([*own, parcel])
    assert testing.reason_of(error) == "IMPORT_ACTIVE"
    assert str(file) in error.details()
    assert count() == before
    runs.end(file)
    assert levy.load([*own, parcel]).bill_count == 1


def test_levy_015_a_file_for_other_parcels_holds_no_roll(levy, roll, bills, runs) -> None:
    """LEVY-015: nor does one that only puts a roll on file, whoever may be paid."""
    runs.begin(bills[0])
    others = [part for part in roll.whole(2020) if bills[0].parcel_number not in str(part)]
    assert levy.load(others).bill_count > 0
    runs.begin(named=False)
    staged = [roll.header(2019, "staged", only_stage=True), *roll.rates(2019), *roll.parcels(2019)]
    assert levy.load(staged).staged_parcels > 0


def test_levy_015_a_run_waits_for_a_file_and_then_issues_what_was_certified(
    levy, roll, runs, year, refused, count
) -> None:
    """LEVY-015: the certificate holds; the run of the same key begins when the file is over."""
    levy.load([roll.header(2021, "s", only_stage=True), *roll.rates(2021), *roll.parcels(2021)])
    certify, _ = year
    run = certify(2021)
    file = runs.begin(named=False)
    assert refused(run) == "IMPORT_ACTIVE"
    assert not count()["bills"]
    runs.end(file)
    done = run()
    assert done.state == pb.RUN_STATE_FINISHED
    assert run() == done


def test_who_certified_a_roll_does_not_run_it(levy, roll, year, refused, count) -> None:
    """Two persons answer for a year's bills, unless the office's setting says otherwise."""
    levy.load([roll.header(2021, "s", only_stage=True), *roll.rates(2021), *roll.parcels(2021)])
    certify, auditor = year
    run = certify(2021)
    assert refused(run, auditor) == "SECOND_PERSON_NEEDED"
    assert not count()["bills"]
    assert run().started_by == "bea"


@pytest.mark.parametrize("run_by", ["anyone"])
def test_an_office_may_let_one_person_do_both(levy, roll, year) -> None:
    levy.load([roll.header(2021, "s", only_stage=True), *roll.rates(2021), *roll.parcels(2021)])
    certify, auditor = year
    assert certify(2021)(auditor).started_by == "ada"
