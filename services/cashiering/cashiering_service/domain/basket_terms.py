"""What a county decides about its baskets."""

from dataclasses import dataclass

from cashiering_service.domain.lookup import SERVICE_TYPES


@dataclass(frozen=True, slots=True)
class BasketTerms:
    # What is taken at its counters (CASH-013).
    service_types: tuple[str, ...]

    def __post_init__(self) -> None:
        for code in self.service_types:
            if code not in SERVICE_TYPES:
                raise ValueError(f"service type {code} is not one of {', '.join(SERVICE_TYPES)}")
