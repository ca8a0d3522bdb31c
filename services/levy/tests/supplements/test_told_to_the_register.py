"""LEVY-001, LEVY-006: a supplement's new owner, exemptions and parcels are in the register."""

import attrs
import grpc
import pytest

from levy_service.supplements import billing
from millage.levy.v1 import levy_pb2, supplements_pb2
from millage.levy.v1 import register_pb2 as register
from millage.levy.v1.register_pb2_grpc import RegisterServiceStub
from taxkit import testing


@pytest.fixture
def get(channel, keys):
    """A parcel as the register has it on a day."""
    stub, who = RegisterServiceStub(channel), testing.bearer(keys.token("levy.*"))

    def ask(number: str, as_of: str = "") -> register.RegisteredParcel:
        asked = register.GetParcelRequest(parcel_number=number, as_of=as_of)
        return stub.GetParcel(asked, metadata=who)

    return ask


def taxpayer(parcel: register.RegisteredParcel) -> str:
    return next(one.party.name for one in parcel.parties if one.role == "taxpayer")


def test_levy_001_a_new_owner_is_the_taxpayer_from_the_day_of_the_event_on(
    supplements, bills, built, get, events
) -> None:
    """Not before it is billed: until then a supplement may be discarded."""
    number, before = bills[0].parcel_number, bills[0].owner_name
    loaded = supplements.load(built(owner_name="Odo Marsh", owner_email="odo@example.org"))
    assert taxpayer(get(number)) == before
    supplements.bill(loaded)
    assert taxpayer(get(number)) == "Odo Marsh"
    assert taxpayer(get(number, "2022-11-14")) == before
    told = events("PartiesChanged")[-1]
    assert (told["effective_on"], told["changed_by"]) == ("2022-11-15", "ada")
    assert told["reason"] == "supplement 1 of 2021: New construction"
    assert told["parties"][0]["party"]["email"] == "odo@example.org"


def test_levy_001_an_event_that_names_no_owner_says_nothing_of_one(
    supplements, built, events
) -> None:
    supplements.bill(supplements.load(built()))
    assert events("PartiesChanged") == []


def test_levy_001_an_owner_who_is_on_record_already_is_not_recorded_again(
    supplements, bills, built, get
) -> None:
    bill = bills[0]
    supplements.bill(supplements.load(built(owner_name="Odo Marsh")))
    supplements.bill(supplements.load(built(dollars=20_000, owner_name="Odo Marsh")))
    assert get(bill.parcel_number).version == 1


def test_levy_001_a_run_cut_off_tells_no_owner_of_what_it_has_not_billed(
    supplements, bills, built, get, app, monkeypatch
) -> None:
    """A batch's bills and what the register has of it are of one transaction, or neither is."""
    app.settings = attrs.evolve(app.settings, roll_batch=1)
    loaded = supplements.load(*(built(place, owner_name=f"Owner {place}") for place in range(3)))
    keep, done = billing.registering.tell, []

    def cut(*args):
        done.append(keep(*args))
        if len(done) == 2:
            raise ConnectionError("killed")

    with monkeypatch.context() as during:
        during.setattr(billing.registering, "tell", cut)
        with pytest.raises(grpc.RpcError):
            supplements.bill(loaded)
    assert [get(one.parcel_number).version for one in bills[:3]] == [1, 0, 0]
    supplements.bill(loaded)
    assert [get(one.parcel_number).version for one in bills[:3]] == [1, 1, 1]


def test_levy_001_exemptions_of_an_event_are_in_the_register_and_in_its_preview(
    supplements, bills, built, get
) -> None:
    row = built(compute_net_value=True, exemptions=[levy_pb2.Exemption(code="homeowner")])
    row.ClearField("net_value_dollars")
    loaded = supplements.load(row)
    foretold = supplements.preview(loaded).items[0]
    assert [one.code for one in foretold.exemptions.exemptions] == ["homeowner"]
    supplements.bill(loaded)
    (item,) = supplements.items(loaded)
    assert item.exemptions == foretold.exemptions
    number = bills[0].parcel_number
    assert [one.code for one in get(number).exemptions] == ["homeowner"]
    assert [one.code for one in get(number, "2022-11-14").exemptions] == []


def test_levy_001_a_bill_beside_the_roll_s_tells_its_owner_too(
    supplements, california, get, levy
) -> None:
    """California's roll keeps its owner on its bill; the register has who came after."""
    number = california[0].parcel_number
    row = supplements_pb2.SupplementEvent(
        parcel_number=number, kind="change_of_ownership", event_on="2022-10-15",
        value_dollars=393_000, net_value_dollars=393_000, owner_name="Odo Marsh",
    )  # fmt: skip
    supplements.bill(supplements.load(row, tax_year=2022))
    assert taxpayer(get(number)) == "Odo Marsh"
    assert taxpayer(get(number, "2022-10-14")) == "Imogen Vale"
    assert levy.bill(california[0].bill_id).owner_name == "Imogen Vale"
