"""LEVY-017, LEVY-019: a file of assessments is opened line by line, each of them once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from levy_service.specials.events import SPECIAL_ASSESSMENT_CHANGED
from millage.levy.v1 import special_loads_pb2 as pb
from millage.levy.v1 import special_loads_pb2_grpc as stubs
from millage.levy.v1 import specials_pb2
from taxkit import ids, testing

PARCEL, AGENCY = "13264290020000", "900120000"


def line(number: int, **changes: Any) -> pb.SpecialLine:
    given = {
        "line_number": number + 1, "assessment_number": f"F-{number}", "agency_code": AGENCY,
        "agency_name": "Special Service Area 12", "project": "Sewer", "parcel_number": PARCEL,
        "principal_cents": 300_000, "years": 3, "rate_percent": "5", "method": "level_principal",
        "first_year": 2021, "interest_from": "2021-11-01",
    }  # fmt: skip
    return pb.SpecialLine(**{**given, **changes})


@pytest.fixture
def load(channel, keys) -> Callable[..., pb.LoadSpecialsResponse]:
    stub = stubs.SpecialLoadServiceStub(channel)
    metadata = testing.bearer(keys.token("levy.special", user="ada"))

    def send(*rows: pb.SpecialLine, key: str = "", count: int | None = None) -> Any:
        header = pb.SpecialsHeader(idempotency_key=key or str(ids.new_id()), source="a.csv")
        end = pb.SpecialsEnd(row_count=len(rows) if count is None else count)
        parts = [
            pb.LoadSpecialsRequest(header=header),
            *(pb.LoadSpecialsRequest(row=row) for row in rows),
            pb.LoadSpecialsRequest(end=end),
        ]
        return stub.LoadSpecials(iter(parts), metadata=metadata, timeout=120)

    return send


def refusals(answer: pb.LoadSpecialsResponse) -> list[tuple[int, str]]:
    return [(each.line_number, each.reason) for each in answer.refused]


def test_levy_019_a_file_is_what_its_lines_are_by_command(
    on_file, load, specials, bill_of, app
) -> None:
    """The same terms, installments and step; its bills ask for it, and everybody is told."""
    on_file()
    answer = load(line(1), line(2, method="level_payment", days_in_year=360))
    one = specials.get(_named(specials, "F-1"))
    by_command = specials.open()

    assert (answer.opened_count, answer.opened_principal_cents) == (2, 600_000)
    assert list(one.installments) == list(by_command.installments)
    assert list(one.tracts) == list(by_command.tracts)
    assert [(each.action, each.reason) for each in one.steps] == [("opened", "file a.csv")]
    news = [
        each["data"] for each in testing.emitted(app) if "SpecialAssessmentChanged" in each["type"]
    ]
    assert [SPECIAL_ASSESSMENT_CHANGED.schema().validate(each) for each in news] == [{}] * 3
    bill = bill_of()
    assert {each.agency_code: each.amount_cents for each in bill.lines}[AGENCY] == 340_163
    assert specials.get(one).status == "posted"


def test_a_ditchs_tracts_are_loaded(on_file, load, specials) -> None:
    """Each is amortised by itself."""
    on_file()
    tracts = [specials_pb2.SpecialTract(tract=name, principal_cents=150_000) for name in "AB"]
    load(line(1, tracts=tracts))
    found = specials.get(_named(specials, "F-1"))

    assert found.is_ditch
    assert [(each.tract, each.principal_cents) for each in found.tracts] == [
        ("A", 150_000), ("B", 150_000),
    ]  # fmt: skip
    assert len(found.installments) == 6
    assert load(line(1, tracts=tracts)).known_count == 1


def test_wrong_lines_are_named_and_hold_up_no_other(on_file, load, specials) -> None:
    """Each with its number and its reason."""
    on_file()
    answer = load(
        line(1),
        line(2, years=51),
        line(3, rate_percent="five"),
        line(4, parcel_number="99999999999999"),
        line(5, principal_cents=0),
        line(6, assessment_number="F-1"),
        line(7, interest_from="soon"),
        line(8, assessment_number="no number!"),
        line(9, method="balloon"),
        line(10),
    )

    assert (answer.opened_count, answer.refused_count) == (2, 8)
    assert refusals(answer) == [
        (3, "YEARS_OUT_OF_RANGE"), (4, "RATE_INVALID"), (5, "PARCEL_UNKNOWN"),
        (6, "AMOUNT_NOT_POSITIVE"), (7, "ASSESSMENT_TWICE"), (8, "DATE_INVALID"),
        (9, "ASSESSMENT_NUMBER_INVALID"), (10, "METHOD_UNKNOWN"),
    ]  # fmt: skip
    assert all(each.message for each in answer.refused)
    found = [each.assessment_number for each in specials.list().specials]
    assert found == ["F-1", "F-10"]


def test_a_file_is_loaded_again_when_it_is_put_right(on_file, load, specials) -> None:
    """What is on file is passed over, even when much became of it; other terms are refused."""
    on_file()
    load(line(1), line(2, years=51))
    one = _named(specials, "F-1")
    specials.do(specials_pb2.DeferSpecialRequest(assessment_id=one.assessment_id, reason="poor"))
    again = load(line(1), line(2))
    other = load(line(1, principal_cents=300_001), line(2, project="Water"), line(3))

    assert (again.opened_count, again.known_count, again.refused_count) == (1, 1, 0)
    assert (other.opened_count, other.known_count) == (1, 0)
    assert refusals(other) == [(2, "ASSESSMENT_TAKEN"), (3, "ASSESSMENT_TAKEN")]
    assert specials.get(one).status == "deferred"


def test_the_same_key_gives_the_same_answer(on_file, load) -> None:
    """Another file under it is refused, and so is one that broke off."""
    on_file()
    key = str(ids.new_id())

    assert load(line(1), key=key) == load(line(1), key=key)
    for refused, reason in (
        (lambda: load(line(2), key=key), "IDEMPOTENCY_CONFLICT"),
        (lambda: load(line(3), count=2), "BATCH_TRUNCATED"),
        (load, "BATCH_EMPTY"),
    ):
        with pytest.raises(grpc.RpcError) as error:
            refused()
        assert testing.reason_of(error.value) == reason


def test_files_and_commands_at_once_open_each_number_once(on_file, load, specials) -> None:
    """Real threads: whoever comes later finds it on file."""
    on_file()

    def open_one(_: int) -> str:
        try:
            return specials.open(assessment_number="F-1", parcel_number=PARCEL).status
        except grpc.RpcError as error:
            return testing.reason_of(error)

    with ThreadPoolExecutor(4) as pool:
        by_file = [pool.submit(load, line(1), line(2)) for _ in range(2)]
        by_command = list(pool.map(open_one, range(2)))
        answers = [each.result() for each in by_file]
    assert set(by_command) <= {"not_posted", "ASSESSMENT_TAKEN"}
    opened = sum(each.opened_count for each in answers) + by_command.count("not_posted")
    assert opened == 2
    assert [each.assessment_number for each in specials.list().specials] == ["F-1", "F-2"]


def test_many_lines_are_copied(on_file, load, specials, app) -> None:
    """Three thousand at once; the first thousand refusals are named, all of them counted."""
    on_file()
    rows = [line(number, years=50 if number % 2 else 60) for number in range(3_000)]
    answer = load(*rows)

    assert (answer.opened_count, answer.refused_count) == (1_500, 1_500)
    assert len(answer.refused) == 1_000
    with app.database.begin() as connection:
        counts = connection.exec_driver_sql(
            "select (select count(*) from special_installments),"
            " (select count(*) from special_places), (select count(*) from special_steps)"
        ).one()
    assert tuple(counts) == (75_000, 1_500, 1_500)


def _named(specials, number: str) -> specials_pb2.Special:
    (found,) = [each for each in specials.list().specials if each.assessment_number == number]
    return found
