"""LEVY-001, LEVY-003: exemptions that a change grants or takes away are in the register, too."""

from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from millage.levy.v1 import levy_pb2
from millage.levy.v1 import register_pb2 as register
from millage.levy.v1 import value_changes_pb2 as pb
from millage.levy.v1.register_pb2_grpc import RegisterServiceStub
from taxkit import ids, testing

VALUE = 400_000


@pytest.fixture
def parcel(levy, roll) -> levy_pb2.Bill:
    """A bill of 2021 whose parcel's value is less a homeowner's exemption."""
    first = roll.parcels(2021)[0]
    first.parcel.value_dollars, first.parcel.net_value_dollars = VALUE, 0
    first.parcel.compute_net_value = True
    first.parcel.exemptions.append(levy_pb2.Exemption(code="homeowner"))
    loaded = levy.load([roll.header(2021), *roll.rates(2021), first])
    return levy.bill(loaded.bill_ids[0])


@pytest.fixture
def get(channel, keys):
    """A parcel as the register has it on a day."""
    stub, who = RegisterServiceStub(channel), testing.bearer(keys.token("levy.*", user="ada"))

    def ask(number: str, as_of: str = "") -> register.RegisteredParcel:
        asked = register.GetParcelRequest(parcel_number=number, as_of=as_of)
        return stub.GetParcel(asked, metadata=who)

    return ask


def row(number: str, *codes: str, reason: str = "exemption", **more) -> pb.ValueChangeRow:
    return pb.ValueChangeRow(
        parcel_number=number, reason_code=reason, compute_net_value=True,
        exemptions=[levy_pb2.Exemption(code=code) for code in codes], **more,
    )  # fmt: skip


def codes(parcel: register.RegisteredParcel) -> list[str]:
    return [one.code for one in parcel.exemptions]


def test_levy_003_what_is_granted_is_on_the_bill_in_the_register_and_told(
    changes, parcel, get, levy, app
) -> None:
    number = parcel.parcel_number
    assert (codes(get(number)), parcel.net_value_dollars) == (["homeowner"], VALUE - 10_000)
    changes.post(row(number, "homeowner", "senior", note="Turned 65"))
    assert codes(get(number)) == ["homeowner", "senior"]
    bill = levy.bill(parcel.bill_id)
    assert bill.net_value_dollars == VALUE - 18_000
    assert [step.name for step in bill.value_steps] == ["value", "homeowner", "senior"]
    (change,) = changes.listed()
    assert [one.code for one in change.exemptions.exemptions] == ["homeowner", "senior"]
    told = [one["data"] for one in testing.emitted(app) if ".PartiesChanged." in one["type"]][-1]
    assert [one["code"] for one in told["exemptions"]] == ["homeowner", "senior"]
    assert told["reason"] == "Exemption granted or withdrawn: Turned 65"


def test_levy_003_what_is_taken_away_is_gone_for_the_year_and_not_from_the_past(
    changes, parcel, get, levy
) -> None:
    """Of all of the year, whenever it is found out; the history has both."""
    number = parcel.parcel_number
    changes.post(row(number))
    assert codes(get(number)) == codes(get(number, "2021-06-30")) == []
    assert levy.bill(parcel.bill_id).net_value_dollars == VALUE
    (change,) = changes.listed()
    assert change.HasField("exemptions")
    assert get(number).version == 1


def test_levy_003_a_net_value_that_is_sent_leaves_exemptions_as_they_are(
    changes, parcel, get
) -> None:
    plain = pb.ValueChangeRow(
        parcel_number=parcel.parcel_number, net_value_dollars=1_000, reason_code="exemption"
    )
    changes.post(plain)
    assert codes(get(parcel.parcel_number)) == ["homeowner"]
    assert not changes.listed()[0].HasField("exemptions")


def test_levy_003_a_change_that_waits_grants_nothing_before_it_is_accepted(
    changes, parcel, get
) -> None:
    number = parcel.parcel_number
    changes.post(row(number, "homeowner", "senior", reason="court_order"))
    assert codes(get(number)) == ["homeowner"]
    (waiting,) = changes.listed(state="waiting")
    changes.accept(waiting.change_id)
    assert codes(get(number)) == ["homeowner", "senior"]


def test_levy_003_a_rejected_change_grants_nothing(changes, parcel, get) -> None:
    changes.post(row(parcel.parcel_number, "senior", reason="court_order"))
    changes.reject(changes.listed()[0].change_id)
    assert codes(get(parcel.parcel_number)) == ["homeowner"]
    assert get(parcel.parcel_number).version == 0


def test_levy_003_a_batch_sent_again_is_on_record_once(changes, parcel, get) -> None:
    for _ in range(2):
        changes.post(row(parcel.parcel_number, "senior"), idempotency_key="once")
    assert get(parcel.parcel_number).version == 1


def test_levy_001_a_year_s_exemptions_end_where_the_next_roll_speaks(
    changes, parcel, get, levy, roll
) -> None:
    """2021's are mended after the roll of 2022 came: today's are still those of 2022."""
    following = levy_pb2.Parcel()
    following.CopyFrom(roll.parcels(2021)[0].parcel)
    following.parcel_number = parcel.parcel_number
    following.value_dollars, following.net_value_dollars = VALUE, 0
    following.compute_net_value = True
    following.exemptions.append(levy_pb2.Exemption(code="senior"))
    rates = [levy_pb2.LoadRollRequest(rate=one.rate) for one in roll.rates(2021)]
    levy.load([roll.header(2022), *rates, levy_pb2.LoadRollRequest(parcel=following)])
    changes.post(row(parcel.parcel_number), tax_year=2021)
    assert codes(get(parcel.parcel_number, "2021-12-31")) == []
    assert codes(get(parcel.parcel_number, "2022-01-01")) == ["senior"]


def test_levy_001_a_clerk_s_record_and_a_batch_at_once_are_both_on_record(
    changes, parcel, get, channel, keys
) -> None:
    """Changes of one parcel are numbered in a row, whoever makes them."""
    stub, who = RegisterServiceStub(channel), testing.bearer(keys.token("levy.*", user="ben"))
    asked = register.RecordParcelRequest(
        idempotency_key=str(ids.new_id()), parcel_number=parcel.parcel_number, expected_version=0,
        facts=register.ParcelFacts(ain="4081-017"), reason="survey",
    )  # fmt: skip

    def record() -> str:
        try:
            stub.RecordParcel(asked, metadata=who)
        except grpc.RpcError as refusal:
            return testing.reason_of(refusal)
        return ""

    with ThreadPoolExecutor(2) as both:
        recorded = both.submit(record)
        posted = both.submit(changes.post, row(parcel.parcel_number, "senior"))
        assert posted.result().change_count == 1
        reason = recorded.result()
    assert (reason, get(parcel.parcel_number).version) in (("", 2), ("PARCEL_CHANGED", 1))
    assert codes(get(parcel.parcel_number)) == ["senior"]
