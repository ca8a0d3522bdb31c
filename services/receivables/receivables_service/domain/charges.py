"""What one key of the ledger owes and has been paid so far."""

from receivables_service.domain.terms import ChargeType, CollectionType


class Charge:
    """Lives only inside one derivation."""

    __slots__ = (
        "charge_code",
        "charge_type",
        "charged",
        "collection_type",
        "discounted",
        "installment",
        "paid",
        "rank",
        "subcode",
    )

    def __init__(
        self,
        installment: int,
        charge_type: ChargeType,
        collection_type: CollectionType,
        charge_code: str = "",
    ) -> None:
        self.installment = installment
        self.charge_type = charge_type
        self.collection_type = collection_type
        self.charge_code = charge_code
        # Of a bill by fund, which fund's part it is.
        self.subcode = ""
        self.charged = 0
        # What money and discounts met; of it the part that discounts did.
        self.paid = 0
        self.discounted = 0
        self.rank: tuple[int, ...] = ()

    @property
    def open_cents(self) -> int:
        return self.charged - self.paid
