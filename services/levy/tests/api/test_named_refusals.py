"""LEVY-001, LEVY-002, LEVY-006, LEVY-007, LEVY-017, LEVY-023: what makes no sense says why."""

import grpc
import pytest

from millage.levy.v1 import (
    districts_pb2,
    districts_pb2_grpc,
    levy_pb2,
    modifications_pb2,
    modifications_pb2_grpc,
    register_pb2,
    register_pb2_grpc,
    runs_pb2,
    runs_pb2_grpc,
    specials_pb2,
    specials_pb2_grpc,
    supplements_pb2,
    supplements_pb2_grpc,
)
from taxkit import ids, testing

PARCEL = "13264290020000"
_STUBS = {
    "districts": districts_pb2_grpc.DistrictServiceStub,
    "modifications": modifications_pb2_grpc.ModificationServiceStub,
    "register": register_pb2_grpc.RegisterServiceStub,
    "runs": runs_pb2_grpc.RunServiceStub,
    "specials": specials_pb2_grpc.SpecialServiceStub,
    "supplements": supplements_pb2_grpc.SupplementServiceStub,
}


@pytest.fixture
def reason(channel, keys):
    """Ask, and give the reason of the refusal."""
    who = testing.bearer(keys.token("levy.*", user="assessor"))

    def ask(service, method, request):
        with pytest.raises(grpc.RpcError) as refusal:
            # Of what is answered in a stream, the first message tells.
            next(getattr(_STUBS[service](channel), method)(request, metadata=who, timeout=60))
        return testing.reason_of(refusal.value)

    return ask


def _exempt(*codes, amount=0):
    given = [levy_pb2.Exemption(code=code, amount_dollars=amount) for code in codes]
    return register_pb2.RecordParcelRequest(
        idempotency_key=str(ids.new_id()), parcel_number=PARCEL, reason="as filed",
        facts=register_pb2.ParcelFacts(exemptions=register_pb2.ExemptionList(exemptions=given)),
    )  # fmt: skip


def _special(tracts):
    return specials_pb2.OpenSpecialRequest(
        idempotency_key=str(ids.new_id()), assessment_number="D-1", agency_code="900",
        agency_name="Ditch 9", project="ditch", parcel_number=PARCEL, principal_cents=300_000,
        years=3, rate_percent="5", method="level_principal", first_year=2021,
        interest_from="2021-11-01",
        tracts=[
            specials_pb2.SpecialTract(tract=f"T{number}", principal_cents=1)
            for number in range(tracts)
        ],
    )  # fmt: skip


NOWHERE = str(ids.new_id())
ASKED = [
    ("EXEMPTIONS_INVALID", "register", "RecordParcel", _exempt("senior", "senior")),
    ("EXEMPTIONS_INVALID", "register", "RecordParcel", _exempt(" ")),
    ("EXEMPTIONS_INVALID", "register", "RecordParcel", _exempt("senior", amount=-1)),
    ("TOTALS_BY_UNKNOWN", "districts", "GetLevyTotals",
     districts_pb2.GetLevyTotalsRequest(tax_year=2021, by=99)),
    ("PREVIEW_NOT_FOUND", "runs", "GetPreview", runs_pb2.GetPreviewRequest(preview_id=NOWHERE)),
    ("SUPPLEMENT_NOT_FOUND", "supplements", "GetSupplement",
     supplements_pb2.GetSupplementRequest(supplement_id=NOWHERE)),
    ("SUPPLEMENT_NOT_FOUND", "supplements", "CreateSupplementBills",
     supplements_pb2.CreateSupplementBillsRequest(idempotency_key="k", supplement_id=NOWHERE)),
    ("MODIFICATION_NOT_FOUND", "modifications", "GetModification",
     modifications_pb2.GetModificationRequest(modification_id=NOWHERE)),
    ("MODIFICATION_NOT_FOUND", "modifications", "FinishModification",
     modifications_pb2.FinishModificationRequest(
         idempotency_key="k", modification_id=NOWHERE, expected_revision=1)),
    ("STATUS_UNKNOWN", "modifications", "ListModifications",
     modifications_pb2.ListModificationsRequest(status="begun")),
    ("STATUS_UNKNOWN", "specials", "ListSpecials",
     specials_pb2.ListSpecialsRequest(status="begun")),
    ("SPECIAL_OF_WHAT", "specials", "GetSpecial", specials_pb2.GetSpecialRequest()),
    ("SPECIAL_OF_WHAT", "specials", "GetSpecial",
     specials_pb2.GetSpecialRequest(assessment_id=NOWHERE, assessment_number="D-1")),
    ("TOO_MANY_TRACTS", "specials", "OpenSpecial", _special(101)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "service", "method", "request_"),
    ASKED,
    ids=[f"{each[2]}-{each[0]}-{place}" for place, each in enumerate(ASKED)],
)
def test_levy_002_each_has_its_own_word(app, levy, roll, reason, wanted, service, method, request_):
    """And nothing is told of it."""
    levy.load(roll.whole(2021))
    before = len(testing.emitted(app))
    assert reason(service, method, request_) == wanted
    assert len(testing.emitted(app)) == before
