"""The register through its public API, on a roll of the example parcels."""

from types import SimpleNamespace

import grpc
import pytest

from millage.levy.v1 import levy_pb2
from millage.levy.v1 import register_pb2 as pb
from millage.levy.v1 import register_pb2_grpc as stubs
from taxkit import ids, testing


@pytest.fixture
def ask(channel, keys):
    """Call a method with the rights given, all of levy's when none are."""
    stub = stubs.RegisterServiceStub(channel)

    def send(method, *rights, **given):
        request = getattr(pb, f"{method}Request")(**given)
        token = keys.token(*(rights or ("levy.*",)), user="ada")
        return getattr(stub, method)(request, metadata=testing.bearer(token), timeout=60)

    return send


@pytest.fixture
def parcel(levy, roll) -> str:
    """A parcel of the roll of 2021, whose taxpayer is Imogen Vale."""
    first = roll.parcels(2021)[0]
    first.parcel.owner_name, first.parcel.owner_email = "Imogen Vale", "i@example.org"
    levy.load([roll.header(2021), *roll.rates(2021), first])
    return first.parcel.parcel_number


def person(name: str, **given: str) -> levy_pb2.RegisteredParty:
    return levy_pb2.RegisteredParty(name=name, **given)


@pytest.fixture
def register(ask):
    """Commands in short, each under a key of its own."""

    def parties(number, *rights, version=0, on="", reason="deed", **roles):
        said = [
            pb.PartiesOfRole(
                role=role,
                parties=[person(one) if isinstance(one, str) else one for one in holders],
            )
            for role, holders in roles.items()
        ]
        return ask(
            "ChangeParties", *rights, idempotency_key=str(ids.new_id()), parcel_number=number,
            expected_version=version, parties=said, effective_on=on, reason=reason,
        )  # fmt: skip

    def record(number, *rights, version=0, on="", reason="survey", **facts):
        return ask(
            "RecordParcel", *rights, idempotency_key=str(ids.new_id()), parcel_number=number,
            expected_version=version, facts=pb.ParcelFacts(**facts), effective_on=on,
            reason=reason,
        )  # fmt: skip

    def lender(code, name, *rights, reason="servicer", **given):
        sent = pb.RegisteredLender(lender_code=code, name=name, **given)
        return ask(
            "RegisterLender", *rights, idempotency_key=str(ids.new_id()), lender=sent,
            reason=reason,
        )  # fmt: skip

    def get(number, as_of=""):
        return ask("GetParcel", parcel_number=number, as_of=as_of)

    return SimpleNamespace(
        parties=parties, record=record, lender=lender, get=get, holders=holders, person=person
    )


@pytest.fixture
def refused():
    def reason(call, *args, **given) -> str:
        with pytest.raises(grpc.RpcError) as error:
            call(*args, **given)
        return testing.reason_of(error.value)

    return reason


@pytest.fixture
def told(app):
    """The events of a type, oldest first."""

    def found(name: str) -> list[dict]:
        return [one for one in testing.emitted(app) if f".{name}." in one["type"]]

    return found


def holders(parcel: pb.RegisteredParcel) -> dict[str, list[str]]:
    """Names by role."""
    by_role: dict[str, list[str]] = {}
    for one in parcel.parties:
        by_role.setdefault(one.role, []).append(one.party.name)
    return by_role
