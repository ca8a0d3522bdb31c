"""What a county takes at its counters, and whom it wants to have seen (CASH-013, CASH-034)."""

from collections.abc import Iterable, Mapping
from datetime import date

from cashiering_service.domain.advance import Advance
from cashiering_service.domain.basket_terms import BasketTerms
from cashiering_service.domain.held import ESCROW
from cashiering_service.domain.intake import COUNTER
from cashiering_service.domain.lookup import ADVANCE, MISCELLANEOUS, PRE_PAY, TAX, check_enabled
from cashiering_service.domain.permits import FORFEITURE
from cashiering_service.domain.receipt import Order
from cashiering_service.domain.source_lines import Versions, in_force
from cashiering_service.domain.tender import TenderKind
from taxkit.errors import Refusal, invalid


def business_of(
    order: Order, sources: Versions, kinds: Mapping[str, TenderKind], on: date
) -> set[str]:
    """The payment types of sources paid for their own sake: what a card costs is no business."""
    fees = {kind.fee_source for kind in kinds.values()}
    versions = [
        in_force(sources.get(entry.source_code, ()), entry.effective_on or on)
        for entry in order.entries
        if entry.source_code not in fees
    ]
    return {source.payment_type for source in versions if source is not None}


def check_services(order: Order, business: Iterable[str], terms: BasketTerms) -> None:
    """Refuse a payment under a service type the county does not take."""
    for service in sorted({line.service or TAX for line in order.lines}):
        check_enabled(service, terms.service_types)
    for place, one in enumerate(order.advances):
        _check_advance(one.advance, f"advances[{place}].advance_type", terms)
    for payment_type in sorted(business):
        # Forfeited tax is tax, though sources price it (CASH-075).
        service = TAX if payment_type == FORFEITURE else MISCELLANEOUS
        check_enabled(service, terms.service_types)


def _check_advance(advance: Advance, field: str, terms: BasketTerms) -> None:
    """Hold an advance to the types a county takes (CASH-069); a pre-payment is one by itself."""
    if advance.advance_type == PRE_PAY:
        check_enabled(PRE_PAY, terms.service_types)
        return
    check_enabled(ADVANCE, terms.service_types)
    if advance.advance_type and advance.advance_type not in terms.advance_types:
        raise invalid(
            "ADVANCE_TYPE_UNKNOWN",
            f"{advance.advance_type} is not one of {', '.join(terms.advance_types)}",
            field,
        )
    if (advance.advance_type == ESCROW) != bool(advance.escrow_account):
        raise invalid("ADVANCE_TYPE_UNKNOWN", "escrow goes with an escrow account", field)


def check_payer(order: Order, terms: BasketTerms) -> None:
    """Refuse money over the counter from somebody whom nobody has seen, where the county asks."""
    at_counter = order.basket_id is None and order.intake.source == COUNTER
    if terms.verified_payer and at_counter:
        raise Refusal(
            "PAYER_NOT_VERIFIED", "pay it in a basket: there SetPayer says that somebody was seen"
        )
