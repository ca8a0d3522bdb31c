"""The ways to pay in advance and the kinds of held money, as the law of a day has them."""

from millage.receivables.v1 import surplus_pb2 as pb
from receivables_service.domain.held import AdvanceType, HeldLaw, Kind


def offered(law: HeldLaw) -> pb.ListAdvanceTypesResponse:
    """Every advance type, with why it is not offered; every kind, with what may be done with it."""
    return pb.ListAdvanceTypesResponse(
        types=[_type(law, each) for each in law.advance_types.values()],
        kinds=[_kind(law, each) for each in law.kinds.values()],
    )


def _type(law: HeldLaw, each: AdvanceType) -> pb.AdvanceType:
    return pb.AdvanceType(
        code=each.code,
        name=each.name,
        subcode=each.subcode,
        category=law.kinds[each.subcode].category if each.subcode in law.kinds else "",
        offered=not law.offer(each.code),
        reason=law.offer(each.code),
        applied_to_bills=each.applied_to_bills,
        needs_escrow_account=each.needs_escrow_account,
    )


def _kind(law: HeldLaw, each: Kind) -> pb.HeldKind:
    return pb.HeldKind(
        subcode=each.code,
        category=each.category,
        name=each.name,
        tender=each.tender,
        procedures=[law.workflows[code].procedure for code in each.workflows],
        revenue_account=each.revenue_account,
        collection_type=each.collection_type,
        cashiering=each.cashiering,
    )
