"""Reads the orders of allocation of a jurisdiction: the law's own, and those to choose from."""

from dataclasses import dataclass

from receivables_service.domain.terms import (
    AllocationKey,
    AllocationRules,
    AllocationTerm,
    ChargeType,
    CollectionType,
)
from taxkit.lawpack import Term

ALWAYS_THERE = (
    (ChargeType.TAX, ChargeType.INTEREST),
    (CollectionType.SECURED,),
)
"""What every order has to place; a penalty, a fee or a default it may leave for last."""


@dataclass(frozen=True, slots=True)
class FundLaw:
    """Whose money a charge is: by its type, or by a fee's code."""

    charge: str
    fund: str


@dataclass(frozen=True, slots=True)
class AllocationLaw:
    """The order money goes in; what a list leaves out comes after what it names."""

    keys: tuple[AllocationKey, ...]
    charge_types: tuple[ChargeType, ...]
    collection_types: tuple[CollectionType, ...]
    charge_codes: tuple[str, ...] = ()
    funds: tuple[str, ...] = ()
    fund_of: tuple[FundLaw, ...] = ()

    def __post_init__(self) -> None:
        if not self.keys or len(set(self.keys)) != len(self.keys):
            raise ValueError(
                f"the keys {', '.join(self.keys)}, which are not a list without repeats"
            )
        for listed, needed in zip(
            (self.charge_types, self.collection_types), ALWAYS_THERE, strict=True
        ):
            if len(set(listed)) < len(listed) or not set(needed).issubset(listed):
                raise ValueError(
                    f"{', '.join(listed)}, which is not each of {', '.join(needed)} once"
                )
        if len(set(self.charge_codes)) < len(self.charge_codes):
            raise ValueError(f"the charge codes {', '.join(self.charge_codes)}, one of them twice")
        if len(set(self.funds)) < len(self.funds):
            raise ValueError(f"the funds {', '.join(self.funds)}, one of them twice")
        if (AllocationKey.FUND in self.keys) != bool(self.funds):
            raise ValueError("the key fund and a list of funds, one without the other")


@dataclass(frozen=True, slots=True)
class NamedOrderLaw:
    """An order a counter may choose by its code."""

    code: str
    order: AllocationLaw


@dataclass(frozen=True, slots=True)
class ServiceOrderLaw:
    service: str
    rule: str


@dataclass(frozen=True, slots=True)
class AllocationRulesLaw:
    """The orders to choose from, and the one each cashiering service starts from."""

    rules: tuple[NamedOrderLaw, ...]
    services: tuple[ServiceOrderLaw, ...] = ()

    def __post_init__(self) -> None:
        codes = [each.code for each in self.rules]
        if not codes or len(set(codes)) < len(codes):
            raise ValueError(f"rules {', '.join(codes) or 'none'}: each once, one at least")
        for each in self.services:
            if each.rule not in codes:
                raise ValueError(f"{each.service} starts from {each.rule}, which is no rule here")


def order(term: Term[AllocationLaw]) -> AllocationTerm:
    return _order(term.rule_id, term.value)


def named_orders(term: Term[AllocationRulesLaw]) -> AllocationRules:
    return AllocationRules(
        {each.code: _order(f"{term.rule_id}/{each.code}", each.order) for each in term.value.rules},
        {each.service: each.rule for each in term.value.services},
    )


def _order(rule_id: str, law: AllocationLaw) -> AllocationTerm:
    return AllocationTerm(
        rule_id,
        law.keys,
        law.charge_types,
        law.collection_types,
        law.charge_codes,
        law.funds,
        {one.charge: one.fund for one in law.fund_of},
    )
