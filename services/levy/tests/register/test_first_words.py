"""LEVY-001: what is first said of parcels is written in sets, as the fold would have it."""

import itertools
from collections.abc import Callable

import pytest

from levy_service.register import first_words
from millage.levy.v1 import levy_pb2 as pb
from taxkit import ids, testing

PARTIES = (
    (),
    (("taxpayer", {"name": "Imogen Vale", "mailing_address": "PO Box 12"}),),
    (("taxpayer", {"name": "Owner"}),),
    (("taxpayer", {"name": "Owner", "email": "o@example.org"}),),
    (("deeded_owner", {"name": "Second"}), ("deeded_owner", {"name": "First", "email": "f@x.org"})),
    (("primary_owner", {"name": "Shown"}), ("deeded_owner", {"name": "Deed"})),
    (("lender", {"lender_code": "PHL"}), ("account_contact", {"name": "Agent"})),
)
FACTS = ({}, {"ain": "4081-017"}, {"situs_address": "2901 W Logan Blvd", "ain": "4081-018"})
OWNERS = (("", ""), ("Owner", ""), ("Owner", "o@example.org"))


@pytest.fixture
def parcels(roll) -> list[pb.Parcel]:
    """Every way in which a roll may speak of a parcel for the first time."""
    made = []
    for number, (parties, facts, owner) in enumerate(itertools.product(PARTIES, FACTS, OWNERS)):
        own = pb.Parcel()
        own.CopyFrom(roll.parcels(2021)[0].parcel)
        own.parcel_number = f"{13_264_290_020_000 + number}"
        own.owner_name, own.owner_email = owner
        own.ain, own.situs_address = facts.get("ain", ""), facts.get("situs_address", "")
        for role, party in parties:
            own.parties.add(role=role, party=pb.RegisteredParty(**party))
        if number % 4 == 0:
            own.compute_net_value, own.net_value_dollars = True, 0
            own.exemptions.append(pb.Exemption(code="homeowner"))
        made.append(own)
    return made


@pytest.fixture
def written(app, levy, roll, parcels, register) -> Callable[[int], tuple[list, list, list]]:
    """Load the parcels as a year's roll; gives changes, parties and events without their ids."""
    register.lender("PHL", "Prairie Home Lending", email="taxes@prairie.example")

    def load(year: int) -> tuple[list, list, list]:
        rates = [pb.LoadRollRequest(rate=one.rate) for one in roll.rates(2021)]
        parts = [pb.LoadRollRequest(parcel=one) for one in parcels]
        levy.load([roll.header(year, key=str(ids.new_id()), only_stage=True), *rates, *parts])
        with app.database.begin() as connection:
            changes, holders = (
                [
                    {**row._mapping, "roll_id": None, "trace_id": None, "recorded_at": None}
                    for row in connection.exec_driver_sql(
                        f"select * from {table} order by 1, 2, 3, 4"
                    )
                ]
                for table in ("register_changes", "register_parties")
            )
        told = [one for one in testing.emitted(app) if ".PartiesChanged." in one["type"]]
        same = [
            {**one, "id": "", "time": "", "traceparent": "", "sequence": int(one["sequence"])}
            for one in told
        ]
        return changes, holders, same

    return load


def test_levy_001_what_is_first_said_is_what_the_fold_makes_of_it(
    app, written, monkeypatch, database_url
) -> None:
    in_sets = written(2021)
    assert len(in_sets[0]) == len(in_sets[2]) > 40
    with app.database.begin() as connection:
        connection.exec_driver_sql("set session_replication_role = replica")
        tables = "rolls, parcels, rates, agencies, register_changes, register_parties, outbox"
        for table in reversed(tables.split(", ")):
            connection.exec_driver_sql(f"delete from {table}")
        connection.exec_driver_sql("set session_replication_role = origin")
    monkeypatch.setattr(first_words, "record", lambda *_: 0)
    folded = written(2021)
    assert in_sets[0] == folded[0]
    assert in_sets[1] == folded[1]
    assert in_sets[2] == folded[2]


def test_levy_001_what_is_said_again_is_left_to_the_fold(written) -> None:
    """Parcels on an earlier roll, too: what they were is a matter of days."""
    first = written(2020)
    second = written(2021)
    assert all(one["change_number"] == 1 for one in first[0])
    assert {one["parcel_number"] for one in second[0]} == {one["parcel_number"] for one in first[0]}
