"""A roll that is refused names every finding and leaves nothing."""

import threading

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from millage.levy.v1 import levy_pb2 as pb
from taxkit import testing
from taxkit.money import CENTS_MAX


@pytest.fixture(autouse=True)
def _nothing_is_left(count):
    """Whatever a test here sends: the tables are as they were."""
    before = count()
    yield
    assert before == count()


def _violations(error: grpc.RpcError) -> list[tuple[str, str]]:
    for detail in rpc_status.from_call(error).details:
        found = error_details_pb2.BadRequest()
        if detail.Unpack(found):
            return [(each.field, each.description) for each in found.field_violations]
    return []


def _metadata(error: grpc.RpcError) -> dict[str, str]:
    for detail in rpc_status.from_call(error).details:
        found = error_details_pb2.ErrorInfo()
        if detail.Unpack(found):
            return dict(found.metadata)
    return {}


PARCEL_FAULTS = {
    "UNKNOWN_TAX_CODE": ("tax_code", "99999"),
    "PARCEL_NUMBER_INVALID": ("parcel_number", "1326429002000"),
    "BAD_VALUE": ("net_value_dollars", -1),
    "TEXT_MISSING": ("tax_code", " "),
    "TEXT_INVALID": ("owner_name", "a\x00b"),
}


@pytest.mark.parametrize("reason", PARCEL_FAULTS)
def test_a_bad_parcel_is_named_by_row_and_field(levy, roll, reason: str) -> None:
    """The third parcel of the roll; the others are as they should be."""
    field, value = PARCEL_FAULTS[reason]
    sent = roll.whole(2021)
    setattr(sent[len(roll.rates(2021)) + 3].parcel, field, value)
    error = levy.refused(sent)

    assert (grpc.StatusCode.INVALID_ARGUMENT, reason) == (error.code(), testing.reason_of(error))
    ((place, words),) = _violations(error)
    assert place == f"parcels[3].{field}"
    assert words.startswith(f"{reason}: ")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("value_dollars", -5),
        ("value_dollars", CENTS_MAX + 1),
        ("net_value_dollars", 10**9),
        ("prior_year_total_cents", -1),
        ("prior_year_total_cents", CENTS_MAX + 1),
    ],
)
def test_values_out_of_range_are_refused(levy, roll, field: str, value: int) -> None:
    """Negative, beyond 2^53, or a net value above the value."""
    sent = roll.whole(2021)
    setattr(sent[-1].parcel, field, value)

    assert testing.reason_of(levy.refused(sent)) == "BAD_VALUE"


@pytest.mark.parametrize("rate", ["", "abc", "-1", "0.3961", "100.001", "1e2", "٣", "1" * 5000])
def test_a_bad_rate_is_named_by_row(levy, roll, rate: str) -> None:
    """Three decimals at most, from 0 to 100 percent, in plain digits."""
    sent = roll.whole(2021)
    sent[2].rate.rate_percent = rate
    error = levy.refused(sent)

    assert testing.reason_of(error) == "BAD_RATE"
    assert [place for place, _ in _violations(error)] == ["rates[2].rate_percent"]


def test_an_agency_twice_in_a_tax_code_is_refused(levy, roll) -> None:
    """DUPLICATE_RATE, on the second row."""
    sent = roll.whole(2021)
    sent.insert(2, sent[1])

    assert testing.reason_of(levy.refused(sent)) == "DUPLICATE_RATE"


def test_an_agency_with_two_names_is_refused(levy, roll) -> None:
    """AGENCY_NAME_CONFLICT: which one would the bill print?"""
    sent = roll.whole(2021)
    renamed = next(m for m in sent[2:] if m.rate.agency_code == sent[1].rate.agency_code)
    renamed.rate.agency_name = "Another Name"

    assert testing.reason_of(levy.refused(sent)) == "AGENCY_NAME_CONFLICT"


def test_a_tax_code_without_the_residual_agency_is_refused(levy, roll) -> None:
    """RESIDUAL_AGENCY_MISSING: there would be no place for the odd cent."""
    sent = [m for m in roll.whole(2021) if m.rate.agency_code != "010010000"]
    error = levy.refused(sent)

    assert testing.reason_of(error) == "RESIDUAL_AGENCY_MISSING"
    assert len(_violations(error)) == len({m.rate.tax_code for m in roll.rates(2021)})


def test_a_parcel_twice_is_refused_with_both_rows(levy, roll) -> None:
    """DUPLICATE_PARCEL names the row and the first one."""
    sent = roll.whole(2021)
    sent.append(sent[-len(roll.parcels(2021))])
    error = levy.refused(sent)

    assert testing.reason_of(error) == "DUPLICATE_PARCEL"
    ((place, words),) = _violations(error)
    assert place == f"parcels[{len(roll.parcels(2021)) + 1}].parcel_number"
    assert words.endswith("is on row 1 already")


def test_a_bill_beyond_what_can_be_kept_is_refused(levy, roll) -> None:
    """BILL_OUT_OF_RANGE, found while computing: the batches before it leave nothing either."""
    sent = roll.whole(2021)
    sent[-1].parcel.value_dollars = sent[-1].parcel.net_value_dollars = CENTS_MAX

    assert testing.reason_of(levy.refused(sent)) == "BILL_OUT_OF_RANGE"


def test_every_finding_is_told_with_its_own_reason(levy, roll) -> None:
    """ROLL_INVALID when they differ; rates and parcels in one answer."""
    sent = roll.whole(2021)
    first = len(roll.rates(2021)) + 1
    sent[1].rate.rate_percent = "x"
    sent[first].parcel.parcel_number = "1"
    sent[first + 1].parcel.tax_code = "nowhere"
    error = levy.refused(sent)

    assert testing.reason_of(error) == "ROLL_INVALID"
    assert [words.split(":")[0] for _, words in _violations(error)] == [
        "BAD_RATE",
        "PARCEL_NUMBER_INVALID",
        "UNKNOWN_TAX_CODE",
    ]


def test_the_findings_that_fit_are_told_and_all_are_counted(levy, roll) -> None:
    """A roll with the wrong separator is wrong on every row; an answer's header is small."""
    bad = pb.LoadRollRequest(parcel=pb.Parcel(parcel_number="?", tax_code="71163"))
    error = levy.refused([roll.header(), *roll.rates(2021), *[bad] * 250])

    assert 20 <= len(_violations(error)) <= 100
    assert _metadata(error)["finding_count"] == "250"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"idempotency_key": "x" * 201}, "IDEMPOTENCY_KEY_INVALID"),
        ({"jurisdiction": "us-xx"}, "JURISDICTION_UNKNOWN"),
        ({"tax_year": 1999}, "NO_LAW_IN_FORCE"),
        ({"tax_year": -1}, "NO_LAW_IN_FORCE"),
        ({"source": "x" * 201}, "TEXT_INVALID"),
    ],
)
def test_a_header_that_cannot_be_meant_is_refused(levy, roll, changes, reason: str) -> None:
    """Before the first row is read."""
    sent = [roll.header(**changes), *roll.rates(2021), *roll.parcels(2021)]

    assert testing.reason_of(levy.refused(sent)) == reason


def test_a_roll_without_a_key_is_refused(levy, roll) -> None:
    """IDEMPOTENCY_KEY_INVALID."""
    sent = roll.whole(2021)
    sent[0].header.idempotency_key = ""

    assert testing.reason_of(levy.refused(sent)) == "IDEMPOTENCY_KEY_INVALID"


def test_the_header_comes_first_and_once(levy, roll) -> None:
    """A second one would be a second year."""
    headless = levy.refused(roll.whole(2021)[1:])
    twice = levy.refused([*roll.whole(2021), roll.header(2020)])
    nothing = levy.refused([])
    empty_part = levy.refused([roll.header(), pb.LoadRollRequest()])

    reasons = [testing.reason_of(each) for each in (headless, twice, nothing, empty_part)]
    assert reasons == ["HEADER_MISSING", "PART_UNEXPECTED", "HEADER_MISSING", "PART_UNEXPECTED"]


def test_a_roll_without_parcels_is_refused(levy, roll) -> None:
    """ROLL_EMPTY: rates alone bill nobody."""
    assert testing.reason_of(levy.refused([roll.header(), *roll.rates(2021)])) == "ROLL_EMPTY"


def test_a_sender_that_breaks_off_leaves_nothing(levy, roll) -> None:
    """Half a roll is no roll."""

    def broken():
        yield from roll.whole(2021)[:-1]
        raise RuntimeError("the sender died")

    assert levy.refused(broken()).code() in (grpc.StatusCode.CANCELLED, grpc.StatusCode.UNKNOWN)


def test_an_oversized_row_refuses_the_roll(levy, roll) -> None:
    """RESOURCE_EXHAUSTED, and the rows before it are not billed."""
    endless = pb.LoadRollRequest(parcel=pb.Parcel(owner_name="x" * (5 * 1024 * 1024)))
    error = levy.refused([*roll.whole(2021), endless])

    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.mark.parametrize(
    ("rights", "code", "reason"),
    [
        ((), grpc.StatusCode.PERMISSION_DENIED, "FORBIDDEN"),
        (("levy.read",), grpc.StatusCode.PERMISSION_DENIED, "FORBIDDEN"),
    ],
)
def test_who_may_not_load_is_refused(levy, roll, keys, rights, code, reason: str) -> None:
    """levy.read is not levy.load."""
    with pytest.raises(grpc.RpcError) as refusal:
        levy.stub.LoadRoll(
            iter(roll.whole(2021)), metadata=testing.bearer(keys.token(*rights)), timeout=120
        )

    assert (code, reason) == (refusal.value.code(), testing.reason_of(refusal.value))


def test_an_expired_token_is_refused(levy, roll, keys) -> None:
    """TOKEN_EXPIRED."""
    with pytest.raises(grpc.RpcError) as refusal:
        levy.stub.LoadRoll(
            iter(roll.whole(2021)),
            metadata=testing.bearer(keys.expired_token("levy.*")),
            timeout=120,
        )

    assert testing.reason_of(refusal.value) == "TOKEN_EXPIRED"


def test_a_roll_of_a_year_that_is_being_loaded_is_refused(app, levy, roll) -> None:
    """ROLL_IN_PROGRESS, at once: nobody waits for minutes without knowing why."""
    locked, release = threading.Event(), threading.Event()

    def hold() -> None:
        with app.database.begin() as connection:
            connection.exec_driver_sql(
                "select pg_advisory_xact_lock(hashtextextended('roll year 2021', 0))"
            )
            locked.set()
            release.wait(120)

    holder = threading.Thread(target=hold)
    holder.start()
    locked.wait(120)
    error = levy.refused(roll.whole(2021))
    release.set()
    holder.join()

    assert testing.reason_of(error) == "ROLL_IN_PROGRESS"
    assert error.code() is grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"tax_year": -1}, "TAX_YEAR_INVALID"),
        ({"tax_year": 10_000}, "TAX_YEAR_INVALID"),
        ({"parcel_number": "\x00"}, "PARCEL_NUMBER_INVALID"),
        ({"page_token": "x"}, "PAGE_TOKEN_INVALID"),
        ({"page_token": "2021/"}, "PAGE_TOKEN_INVALID"),
        ({"page_token": "9" * 5000 + "/1"}, "PAGE_TOKEN_INVALID"),
    ],
)
def test_a_list_asked_for_wrongly_is_refused(levy, asked, reason: str) -> None:
    """With the field that is wrong."""
    with pytest.raises(grpc.RpcError) as refusal:
        levy.bills(**asked)

    assert testing.reason_of(refusal.value) == reason


@pytest.mark.parametrize(
    ("bill_id", "reason"),
    [("x", "ID_INVALID"), ("", "ID_INVALID"), ("0" * 32, "BILL_NOT_FOUND")],
)
def test_a_bill_that_is_not_there_is_said_so(levy, bill_id: str, reason: str) -> None:
    """Neither an empty bill nor a server error."""
    with pytest.raises(grpc.RpcError) as refusal:
        levy.bill(bill_id)

    assert testing.reason_of(refusal.value) == reason


def test_a_roll_without_its_end_is_refused(levy, roll) -> None:
    """A sender that dies between two parcels leaves no bill, however its stream ended."""
    whole = roll.whole(2021)
    counts = pb.RollEnd(rate_count=1, parcel_count=len(whole))
    wrong = pb.LoadRollRequest(end=counts)

    cut = [levy.refused(whole[:-1], ended=False), levy.refused([*whole, wrong], ended=False)]
    after = levy.refused([roll.header(), wrong, *roll.rates(2021)], ended=False)

    assert [testing.reason_of(one) for one in cut] == ["ROLL_TRUNCATED"] * 2
    assert testing.reason_of(after) == "PART_UNEXPECTED"
    assert not levy.bills().bills
