"""An assessor's calls on special assessments, and bills that ask for them."""

import itertools
from collections.abc import Callable
from typing import Any

import grpc
import pytest

from millage.levy.v1 import levy_pb2
from millage.levy.v1 import special_payoffs_pb2 as payoff_pb
from millage.levy.v1 import special_payoffs_pb2_grpc as payoff_stubs
from millage.levy.v1 import specials_pb2 as pb
from millage.levy.v1 import specials_pb2_grpc as stubs
from taxkit import ids, testing

PARCEL = "13264290020000"


class Specials:
    """The public API as the assessor's office uses it."""

    def __init__(self, channel: grpc.Channel, keys: testing.Keys) -> None:
        self._stub = stubs.SpecialServiceStub(channel)
        self._metadata = testing.bearer(keys.token("levy.*", user="assessor"))
        self._numbers = itertools.count(1)

    def asked(self, **changes: Any) -> pb.OpenSpecialRequest:
        given = {
            "idempotency_key": str(ids.new_id()),
            "assessment_number": f"SSA-{next(self._numbers)}",
            "agency_code": "900120000",
            "agency_name": "Special Service Area 12",
            "project": "Lincoln Avenue sewer",
            "parcel_number": PARCEL,
            "principal_cents": 300_000,
            "years": 3,
            "rate_percent": "5",
            "method": "level_principal",
            "first_year": 2021,
            "interest_from": "2021-11-01",
        }
        return pb.OpenSpecialRequest(**{**given, **changes})

    def open(self, **changes: Any) -> pb.Special:
        return self.do(self.asked(**changes))

    def do(self, request: Any) -> pb.Special:
        if not request.idempotency_key:
            request.idempotency_key = str(ids.new_id())
        method = type(request).__name__.removesuffix("Request")
        return getattr(self._stub, method)(request, metadata=self._metadata, timeout=60)

    def refused(self, request: Any) -> str:
        with pytest.raises(grpc.RpcError) as refusal:
            self.do(request)
        return testing.reason_of(refusal.value)

    def get(self, special: pb.Special) -> pb.Special:
        asked = pb.GetSpecialRequest(assessment_id=special.assessment_id)
        return self._stub.GetSpecial(asked, metadata=self._metadata)

    def list(self, **wanted: Any) -> pb.ListSpecialsResponse:
        return self._stub.ListSpecials(pb.ListSpecialsRequest(**wanted), metadata=self._metadata)


@pytest.fixture
def specials(channel: grpc.Channel, keys: testing.Keys) -> Specials:
    return Specials(channel, keys)


@pytest.fixture
def bill_of(levy, roll) -> Callable[..., levy_pb2.Bill]:
    """Issue the bills of a year's roll; gives the one of the parcel with assessments."""

    def issue(tax_year: int = 2021, parcel: str = PARCEL) -> levy_pb2.Bill:
        levy.load(roll.whole(tax_year))
        (found,) = [
            each for each in levy.bills(tax_year=tax_year).bills if each.parcel_number == parcel
        ]
        return found

    return issue


@pytest.fixture
def on_file(levy, roll) -> Callable[[], None]:
    """Make the parcel known by its bill of an earlier year."""

    def load() -> None:
        parcel = roll.parcels(2020)[0]
        parcel.parcel.parcel_number = PARCEL
        rates = [one for one in roll.rates(2020) if one.rate.tax_code == parcel.parcel.tax_code]
        levy.load([roll.header(2020), *rates, parcel])

    return load


class Payoffs:
    """Payoffs through the public API."""

    def __init__(self, channel: grpc.Channel, keys: testing.Keys) -> None:
        self._stub = payoff_stubs.SpecialPayoffServiceStub(channel)
        self._metadata = testing.bearer(keys.token("levy.*", user="assessor"))

    def posting(self, special: pb.Special, bill: levy_pb2.Bill, **changes: Any) -> Any:
        given = {
            "assessment_id": special.assessment_id,
            "bill_id": bill.bill_id,
            "expected_version": bill.bill_version,
            "reason": "the house is sold",
        }
        return payoff_pb.PayOffPostedRequest(**{**given, **changes})

    def unposting(self, special: pb.Special, **changes: Any) -> Any:
        given = {"assessment_id": special.assessment_id, "reason": "the house is sold"}
        return payoff_pb.PayOffUnpostedRequest(**{**given, **changes})

    def posted(self, *bill: Any, **changes: Any) -> payoff_pb.PayOffResponse:
        return self.do(self.posting(*bill, **changes))

    def unposted(self, special: pb.Special, **changes: Any) -> payoff_pb.PayOffResponse:
        return self.do(self.unposting(special, **changes))

    def quote(self, special: pb.Special, **changes: Any) -> payoff_pb.PayoffQuote:
        asked = payoff_pb.QuotePayoffRequest(assessment_id=special.assessment_id, **changes)
        return self._stub.QuotePayoff(asked, metadata=self._metadata)

    def get(self, payoff_id: str) -> payoff_pb.SpecialPayoff:
        asked = payoff_pb.GetPayoffRequest(payoff_id=payoff_id)
        return self._stub.GetPayoff(asked, metadata=self._metadata)

    def list(self, **wanted: Any) -> list[payoff_pb.SpecialPayoff]:
        asked = payoff_pb.ListPayoffsRequest(**wanted)
        return list(self._stub.ListPayoffs(asked, metadata=self._metadata).payoffs)

    def do(self, request: Any) -> Any:
        request.idempotency_key = request.idempotency_key or str(ids.new_id())
        method = type(request).__name__.removesuffix("Request")
        return getattr(self._stub, method)(request, metadata=self._metadata, timeout=60)

    def refused(self, request: Any) -> str:
        with pytest.raises(grpc.RpcError) as refusal:
            self.do(request)
        return testing.reason_of(refusal.value)


@pytest.fixture
def payoffs(channel: grpc.Channel, keys: testing.Keys) -> Payoffs:
    return Payoffs(channel, keys)
