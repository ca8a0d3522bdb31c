"""LEVY-001: the register is read as of any day, and changed by adding to it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import grpc
import psycopg
import pytest

from levy_service.register.events import LenderChangedV1, PartiesChangedV1
from millage.levy.v1 import levy_pb2, successors_pb2
from millage.levy.v1 import register_pb2 as pb
from millage.levy.v1.successors_pb2_grpc import SuccessorServiceStub
from taxkit import testing


def test_levy_001_a_roll_alone_makes_a_parcel_known(register, parcel, told) -> None:
    """LEVY-001: its taxpayer, tax code, type and districts; nothing has to be recorded."""
    found = register.get(parcel)
    assert register.holders(found) == {"taxpayer": ["Imogen Vale"]}
    assert (found.primary_owner, found.version, found.tax_year) == ("Imogen Vale", 0, 2021)
    assert (found.tax_code != "", found.property_type != "", len(found.districts) > 3) == (
        True, True, True,
    )  # fmt: skip
    assert found.parties[0].since == "2021-01-01"
    assert told("PartiesChanged") == []


def test_levy_001_who_was_the_owner_on_a_date(register, parcel) -> None:
    """LEVY-001: before the sale, between, and after; a deed recorded late takes its place."""
    register.parties(parcel, on="2022-05-01", taxpayer=["Dolores Park"])
    late = register.parties(
        parcel, version=1, on="2022-03-01", taxpayer=["Vale Trust"], deeded_owner=["A", "B"]
    )
    assert register.holders(late)["taxpayer"] == ["Dolores Park"]
    days = {"2020-12-31": [], "2021-06-01": ["Imogen Vale"], "2022-04-30": ["Vale Trust"],
            "2022-05-01": ["Dolores Park"], "": ["Dolores Park"]}  # fmt: skip
    assert {
        day: register.holders(register.get(parcel, day)).get("taxpayer", []) for day in days
    } == days
    assert (register.get(parcel).primary_owner, register.get(parcel).version) == ("A", 2)


def test_levy_001_what_a_parcel_is_by_date(register, parcel) -> None:
    """LEVY-001: number, type, district, TAG, exemptions and address, each from its day on."""
    exempt = pb.ExemptionList(exemptions=[levy_pb2.Exemption(code="senior", amount_dollars=8000)])
    register.record(parcel, on="2022-02-01", ain="4081-017", situs_address="2901 W Logan Blvd")
    register.record(parcel, version=1, on="2023-01-15", property_type="299", exemptions=exempt)
    before, after = register.get(parcel, "2022-06-01"), register.get(parcel)
    assert (before.ain, before.situs_address) == ("4081-017", "2901 W Logan Blvd")
    assert (list(before.exemptions), before.property_type == "299") == ([], False)
    assert (after.property_type, after.exemptions[0].amount_dollars) == ("299", 8000)
    register.record(parcel, version=2, ain="")
    assert register.get(parcel).ain == ""


def test_levy_001_a_parcel_on_no_roll_is_recorded_by_the_form_of_its_number(
    register, refused
) -> None:
    """LEVY-001: a new number has the law's form; parties are of a parcel that is known."""
    new = "13264290021001"
    assert refused(register.parties, new, taxpayer=["A"]) == "PARCEL_UNKNOWN"
    assert refused(register.get, new) == "PARCEL_UNKNOWN"
    assert refused(register.record, "12", ain="1") == "PARCEL_NUMBER_INVALID"
    assert refused(register.record, new, on="1901-01-01", ain="1") == "NO_LAW_IN_FORCE"
    register.record(new, ain="4081-018")
    assert register.holders(register.parties(new, version=1, taxpayer=["A"])) == {"taxpayer": ["A"]}


def test_levy_001_a_change_tells_all_that_is_so_now(register, parcel, told) -> None:
    """LEVY-001: PartiesChanged in the parcel's own stream, whole, by the schema it promises."""
    register.record(parcel, on="2022-01-01", ain="4081-017")
    register.parties(
        parcel,
        version=1,
        account_contact=[register.person("Desk", email="d@example.org")],
        reason="asked",
    )
    first, second = told("PartiesChanged")
    assert [one["sequence"] for one in (first, second)] == ["000000000001", "000000000002"]
    assert second["subject"] == f"register/{parcel}"
    assert PartiesChangedV1().validate(second["data"]) == {}
    data = second["data"]
    assert (data["ain"], data["reason"], data["changed_by"]) == ("4081-017", "asked", "ada")
    assert {one["role"]: one["party"]["name"] for one in data["parties"]} == {
        "taxpayer": "Imogen Vale", "account_contact": "Desk",
    }  # fmt: skip
    assert data["primary_owner"]["email"] == "i@example.org"


def test_levy_001_a_lender_is_registered_once_and_named_by_its_code(
    register, parcel, refused, told, ask
) -> None:
    """LEVY-001: its name changes everywhere at once; an unknown code is refused."""
    lender = levy_pb2.RegisteredParty(lender_code="PHL")
    assert refused(register.parties, parcel, lender=[lender]) == "LENDER_UNKNOWN"
    register.lender("PHL", "Prairie Home Lending", email="t@prairie.example")
    assert register.holders(register.parties(parcel, lender=[lender]))["lender"] == [
        "Prairie Home Lending"
    ]
    register.lender("PHL", "Prairie Bank")
    assert refused(register.lender, "PHL", "Prairie Bank") == "REGISTER_CHANGES_NOTHING"
    assert register.holders(register.get(parcel))["lender"] == ["Prairie Bank"]
    events = told("LenderChanged")
    assert [one["data"]["version"] for one in events] == [1, 2]
    assert all(LenderChangedV1().validate(one["data"]) == {} for one in events)
    assert [one.name for one in ask("ListLenders", like="pra").lenders] == ["Prairie Bank"]
    assert [one.parcel_number for one in ask("SearchParcels", name="prairie").parcels] == [parcel]


def test_levy_001_the_history_says_who_and_why(register, parcel, ask) -> None:
    """LEVY-001: the last recorded first, the roll among them."""
    register.parties(parcel, on="2022-05-01", taxpayer=["Dolores Park"], reason="sold")
    last, roll = ask("ListParcelChanges", parcel_number=parcel).changes
    assert (last.version, last.reason, last.changed_by) == (1, "sold", "ada")
    assert (last.parties[0].role, last.effective_on) == ("taxpayer", "2022-05-01")
    assert (roll.version, roll.changed_by, roll.roll_id != "") == (0, "assessor", True)


def test_levy_001_a_change_is_refused_for_what_is_wrong_with_it(
    register, parcel, refused, app
) -> None:
    """LEVY-001: and leaves nothing."""
    parties = register.parties
    assert refused(parties, parcel, on="2023-04-01", taxpayer=["A"]) == "EFFECTIVE_ON_IN_FUTURE"
    assert refused(parties, parcel, version=1, taxpayer=["A"]) == "PARCEL_CHANGED"
    assert refused(parties, parcel, lender=[]) == "REGISTER_CHANGES_NOTHING"
    assert refused(parties, parcel) == "PARTIES_MISSING"
    assert refused(parties, parcel, owner=["A"]) == "ROLE_UNKNOWN"
    assert refused(parties, parcel, taxpayer=["A", "B"]) == "TOO_MANY_PARTIES"
    assert refused(parties, parcel, taxpayer=["A"], reason=" ") == "REASON_MISSING"
    assert refused(register.record, parcel) == "FACTS_MISSING"
    assert refused(parties, parcel, "levy.read", taxpayer=["A"]) == "FORBIDDEN"


def test_levy_001_what_is_on_record_is_never_altered(register, parcel, app) -> None:
    """LEVY-001: the database itself refuses."""
    register.parties(parcel, deeded_owner=["A"])
    for statement in (
        "update register_changes set reason = 'x'",
        "delete from register_parties",
        "update lenders set name = 'x'",
    ):
        with pytest.raises(Exception, match="append-only") as raised, app.database.begin() as open_:
            open_.exec_driver_sql(statement)
        assert isinstance(raised.value.__cause__ or raised.value.orig, psycopg.Error)


def test_levy_001_of_two_clerks_at_once_one_looks_again(register, parcel) -> None:
    """LEVY-001: versions follow each other without a gap, however many come at once."""

    def change(name: str) -> bool:
        with suppress(grpc.RpcError):
            register.parties(parcel, taxpayer=[name])
            return True
        return False

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(change, [f"Owner {number}" for number in range(6)]))
    assert done.count(True) == 1
    assert register.get(parcel).version == 1


def test_levy_001_a_retired_parcel_says_what_is_in_its_place(register, parcel, channel, keys):
    """LEVY-001, LEVY-024: the number of today, and since when."""
    request = successors_pb2.RetireParcelRequest(
        idempotency_key="k", parcel_number=parcel, successor_number="13264290021001",
        reason="split", retired_on="2023-02-01",
    )  # fmt: skip
    SuccessorServiceStub(channel).RetireParcel(request, metadata=testing.bearer(keys.token("*")))
    found = register.get(parcel)
    assert (found.successor_number, found.retired_on) == ("13264290021001", "2023-02-01")
