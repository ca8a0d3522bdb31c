"""What is sent of a parcel's facts and parties, read into the domain's words."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from levy_service.domain.register import Party, Role, slips, text_slips
from millage.levy.v1 import levy_pb2
from millage.levy.v1 import register_pb2 as pb
from taxkit.errors import FieldViolation, Refusal, RefusalKind, invalid

_TEXTS = ("ain", "property_type", "district", "tax_code", "situs_address")
_ROLL_TEXTS = ("ain", "situs_address")
_EXEMPTIONS_MAX = 50
_DOLLARS_MAX = 2**53 - 1


def facts_of_roll(given: levy_pb2.Parcel) -> dict[str, str]:
    """What a roll's parcel says of itself beside its bill; what it leaves empty it does not say."""
    return {name: getattr(given, name) for name in _ROLL_TEXTS if getattr(given, name)}


def parties_of_roll(given: Iterable[levy_pb2.RollParty]) -> dict[str, tuple[Party, ...]]:
    """By role, in the order they were sent."""
    found: dict[str, tuple[Party, ...]] = {}
    for one in given:
        found[one.role] = (*found.get(one.role, ()), party(one.party))
    return found


def party(given: levy_pb2.RegisteredParty) -> Party:
    return Party(given.name, given.email, given.mailing_address, given.lender_code)


def facts(given: pb.ParcelFacts) -> dict[str, Any]:
    """What a change says a parcel is; an empty text takes away."""
    # What is given empty is given all the same: it has a field of its own.
    said = {of.name for of, _ in given.ListFields()}
    found: dict[str, Any] = {name: getattr(given, name).strip() for name in _TEXTS if name in said}
    for name, text in found.items():
        for slip in text_slips(text, name):
            raise invalid(slip.reason, slip.message, f"facts.{slip.place}")
    if given.HasField("exemptions"):
        found["exemptions"] = _exemptions(given.exemptions.exemptions)
    if not found:
        raise invalid("FACTS_MISSING", "say what is to be recorded", "facts")
    return found


def _exemptions(given: Sequence[levy_pb2.Exemption]) -> list[dict[str, Any]]:
    if len(given) > _EXEMPTIONS_MAX or len({one.code for one in given}) < len(given):
        raise invalid(
            "EXEMPTIONS_INVALID", f"at most {_EXEMPTIONS_MAX}, each once", "facts.exemptions"
        )
    for one in given:
        if not one.code.strip() or not 0 <= one.amount_dollars <= _DOLLARS_MAX:
            raise invalid(
                "EXEMPTIONS_INVALID", "a code, and no amount below zero", "facts.exemptions"
            )
        for slip in text_slips(one.code, "exemptions"):
            raise invalid(slip.reason, slip.message, f"facts.{slip.place}")
    return [
        {
            "code": one.code,
            "amount_dollars": one.amount_dollars if one.HasField("amount_dollars") else None,
        }
        for one in given
    ]


def parties(given: Sequence[pb.PartiesOfRole]) -> Mapping[Role, tuple[Party, ...]]:
    """Who is what from a day on; every slip is told at once."""
    if not given or len({one.role for one in given}) < len(given):
        raise invalid("PARTIES_MISSING", "name one role or more, each once", "parties")
    sent = {one.role: tuple(map(party, one.parties)) for one in given}
    found = [slip for role, holders in sent.items() for slip in slips(role, holders)]
    if found:
        raise Refusal(
            found[0].reason,
            f"{found[0].place}: {found[0].message}",
            kind=RefusalKind.INVALID,
            fields=[
                FieldViolation(f"parties.{one.place}", f"{one.reason}: {one.message}")
                for one in found
            ],
        )
    return {Role(role): holders for role, holders in sent.items()}
