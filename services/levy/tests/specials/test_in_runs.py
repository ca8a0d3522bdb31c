"""A certified roll is certified with its special assessments."""

import pytest

from millage.levy.v1 import runs_pb2
from millage.levy.v1 import specials_pb2 as pb
from millage.levy.v1.runs_pb2_grpc import RunServiceStub
from taxkit import testing


@pytest.fixture
def staged(levy, roll):
    """The example roll of 2021 on file, without bills."""
    rows = [*roll.rates(2021), *roll.parcels(2021)]
    return levy.load([roll.header(2021, only_stage=True), *rows])


@pytest.fixture
def ask(channel, keys):
    """One call of a run's service; the last message of its stream."""
    stub = RunServiceStub(channel)
    metadata = testing.bearer(keys.token("levy.*", user="auditor-controller"))

    clerk = testing.bearer(keys.token("levy.*", user="clerk"))

    def call(method: str, request):
        caller = clerk if method == "RunLevy" else metadata
        answer = getattr(stub, method)(request, metadata=caller, timeout=120)
        return list(answer)[-1] if method in ("PreviewLevy", "RunLevy") else answer

    return call


def certify(ask) -> runs_pb2.Preview:
    """Preview what is on file, and answer for it."""
    preview = ask(
        "PreviewLevy", runs_pb2.PreviewLevyRequest(idempotency_key="p", tax_year=2021)
    ).preview
    ask(
        "CertifyRoll",
        runs_pb2.CertifyRollRequest(
            idempotency_key="c",
            preview_id=preview.preview_id,
            statement="as extended",
            bill_count=preview.bill_count,
            total_cents=preview.total_cents,
        ),
    )
    return preview


def run(ask) -> runs_pb2.Run:
    asked = runs_pb2.RunLevyRequest(idempotency_key="r", tax_year=2021)
    return ask("RunLevy", asked).run


def test_levy_017_a_run_issues_what_was_previewed_with_its_assessments(
    staged, specials, levy, ask
) -> None:
    """Previewed twice over nothing is noted; the run notes it, batch by batch."""
    opened = specials.open()
    preview = certify(ask)
    assert specials.get(opened).status == "not_posted"
    done = run(ask)

    assert (done.bill_count, done.total_cents) == (preview.bill_count, preview.total_cents)
    assert specials.get(opened).status == "posted"
    bills = levy.bills(parcel_number=opened.parcel_number, tax_year=2021).bills
    assert [each.amount_cents for each in bills[0].lines if each.agency_code == "900120000"] == [
        115_000
    ]


def test_an_assessment_opened_since_asks_for_another_certificate(staged, specials, ask) -> None:
    """What is issued is what somebody answered for."""
    certify(ask)
    opened = specials.open()
    with pytest.raises(Exception, match="certified") as refusal:
        run(ask)

    assert testing.reason_of(refusal.value) == "ROLL_CERTIFIED_OTHERWISE"
    close = pb.CloseSpecialRequest(assessment_id=opened.assessment_id, reason="annulled")
    assert specials.do(close).status == "closed"
    assert run(ask).state == runs_pb2.RUN_STATE_FINISHED


def test_assessments_stand_still_while_a_run_is_under_way(staged, specials, ask, app) -> None:
    """A run that was begun and not ended holds them."""
    opened = specials.open()
    certify(ask)
    with app.database.begin() as connection:
        connection.exec_driver_sql(
            "insert into levy_runs (run_id, certification_id, tax_year, started_by, trace_id,"
            " recorded_at) select gen_random_uuid(), certification_id, tax_year, 'a', preview_id,"
            " recorded_at from roll_certifications"
        )

    defer = pb.DeferSpecialRequest(assessment_id=opened.assessment_id, reason="hardship")
    assert specials.refused(defer) == "RUN_UNFINISHED"
