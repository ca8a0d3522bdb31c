"""A roll's rows as they are sent, and the refusal that tells what is wrong with them."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from levy_service.domain.billing import Charge
from levy_service.domain.credits import CreditClaim
from levy_service.domain.roll import Findings, ParcelRow, RateRow
from levy_service.domain.valuation import Claim
from levy_service.domain.value_caps import CapClaim
from levy_service.register import sent
from millage.levy.v1 import levy_pb2 as pb
from taxkit.errors import FieldViolation, Refusal, RefusalKind

BILL_EXISTS: Final = "BILL_EXISTS"
_RATIO: Final = re.compile(r"[01](\.[0-9]{1,9})?")


def rate_row(row: int, given: pb.AgencyRate) -> RateRow:
    return RateRow(
        row, given.tax_code, given.agency_code, given.agency_name, given.rate_percent, given.rate,
        given.fund_code, tuple((each.fund_code, each.share) for each in given.funds),
        _fund_names(given),
    )  # fmt: skip


def _fund_names(given: pb.AgencyRate) -> tuple[tuple[str, str], ...]:
    named = ((given.fund_code, given.fund_name), *((x.fund_code, x.fund_name) for x in given.funds))
    return tuple((code, name) for code, name in named if name)


def parcel_row(row: int, given: pb.Parcel) -> ParcelRow:
    return ParcelRow(
        row=row,
        parcel_number=given.parcel_number,
        tax_code=given.tax_code,
        property_class=given.property_class,
        township=given.township,
        value_dollars=given.value_dollars,
        net_value_dollars=given.net_value_dollars,
        prior_year_total_cents=given.prior_year_total_cents,
        owner_name=given.owner_name,
        owner_email=given.owner_email or None,
        frozen_value_dollars=(
            given.frozen_value_dollars if given.HasField("frozen_value_dollars") else None
        ),
        increment_share=given.increment_share,
        is_valued=not given.compute_net_value,
        claims=tuple(
            Claim(each.code, each.amount_dollars if each.HasField("amount_dollars") else None)
            for each in given.exemptions
        ),
        charges=tuple(
            Charge(each.agency_code, each.agency_name, each.amount_cents, each.fund_code)
            for each in given.charges
        ),
        credits=tuple(map(_credit, given.credits)),
        value_caps=value_caps(given.value_caps),
        facts=sent.facts_of_roll(given),
        parties=sent.parties_of_roll(given.parties),
    )


def value_caps(given: Iterable[pb.ValueCapClaim]) -> tuple[CapClaim, ...]:
    return tuple(CapClaim(each.code, each.base_dollars, each.added_dollars) for each in given)


def _credit(given: pb.CreditClaim) -> CreditClaim:
    # A text that is no ratio is one the law refuses, as any other it does not know.
    ratio = Decimal(given.ratio if _RATIO.fullmatch(given.ratio) else "-1")
    cents = given.amount_cents if given.HasField("amount_cents") else None
    return CreditClaim(given.code, ratio if given.ratio else None, cents)


def refusal_of(findings: Findings, whole: str = "the roll", mixed: str = "ROLL_INVALID") -> Refusal:
    """The refusal that tells every finding kept; its reason is theirs when they share one."""
    reasons = {each.reason for each in findings.kept}
    reason = reasons.pop() if len(reasons) == 1 else mixed
    first = findings.kept[0]
    more = f" (and {findings.count - 1} more)" if findings.count > 1 else ""
    return Refusal(
        reason,
        f"{first.place}: {first.message}{more}; nothing of {whole} was taken",
        kind=RefusalKind.CONFLICT if reason == BILL_EXISTS else RefusalKind.INVALID,
        fields=[
            FieldViolation(each.place, f"{each.reason}: {each.message}") for each in findings.kept
        ],
        metadata={"finding_count": str(findings.count)},
    )
