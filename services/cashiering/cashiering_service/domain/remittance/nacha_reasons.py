"""The reasons of NACHA returns and notifications of change, and what each means for a payment."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Meaning(StrEnum):
    """What a reason says of the payment, and what somebody should do about it."""

    UNPAID = "the money was not there: it may be presented again"
    ACCOUNT = "the account cannot be drawn on: ask the payer for another"
    DISPUTED = "the payer did not agree to it: never draw on this account again without a new word"
    FAULTY = "the entry was made out wrongly: correct it with the county's bank before another"
    # From here on nothing is returned.
    DISHONORED = "the county's bank sends a return back: ask it what became of the money"
    CHANGE = "the payment stands: use the corrected data for the next one"

    @property
    def takes_back(self) -> bool:
        return self not in (Meaning.DISHONORED, Meaning.CHANGE)


@dataclass(frozen=True, slots=True)
class ReturnReason:
    text: str
    meaning: Meaning


_UNKNOWN = ReturnReason("a reason that is not on the list here", Meaning.FAULTY)
_TEXTS: Mapping[Meaning, Mapping[str, str]] = {
    Meaning.UNPAID: {
        "R01": "insufficient funds",
        "R09": "uncollected funds",
    },
    Meaning.ACCOUNT: {
        "R02": "account closed",
        "R03": "no account, or it cannot be located",
        "R04": "invalid account number",
        "R12": "account sold to another bank",
        "R13": "invalid routing number",
        "R14": "representative payee deceased or unable to go on",
        "R15": "account holder deceased",
        "R16": "account frozen",
        "R20": "account without transactions",
        "R30": "the bank takes no truncated checks",
        "R32": "the bank could not settle",
        "R34": "the bank takes part within limits only",
        "R40": "enrollment returned by a federal agency",
        "R81": "the bank takes no international entries",
        "R83": "the foreign bank could not settle",
    },
    Meaning.DISPUTED: {
        "R05": "consumer's account debited under a company's code",
        "R07": "authorization revoked",
        "R08": "payment stopped",
        "R10": "the payer does not know the county, or did not authorize it",
        "R11": "not as the payer authorized it",
        "R23": "credit refused by its receiver",
        "R29": "the company did not authorize it",
        "R31": "returned by permission, of a company's account",
        "R33": "check conversion returned",
        "R37": "the check itself was presented, too",
        "R38": "payment of the check stopped",
        "R39": "the check was not fit to be converted",
        "R50": "state law does not admit the represented check",
        "R51": "the represented check is not eligible",
        "R52": "payment of the represented check stopped",
        "R53": "the represented check was presented on paper, too",
    },
    Meaning.FAULTY: {
        "R06": "returned because the county's bank asked for it",
        "R17": "a field fails the bank's edits, or circumstances are questionable",
        "R18": "improper effective date",
        "R19": "amount field in error",
        "R21": "invalid company identification",
        "R22": "invalid individual number",
        "R24": "the same entry twice",
        "R25": "addenda in error",
        "R26": "mandatory field in error",
        "R27": "trace number in error",
        "R28": "check digit of the routing number in error",
        "R35": "improper debit",
        "R36": "improper credit",
        "R41": "invalid transaction code in an enrollment",
        "R42": "routing number in error in an enrollment",
        "R43": "invalid account number in an enrollment",
        "R44": "invalid individual number in an enrollment",
        "R45": "invalid name in an enrollment",
        "R46": "invalid representative payee in an enrollment",
        "R47": "the same enrollment twice",
        "R71": "the dishonored return was misrouted: the payment stays returned",
        "R72": "the return was dishonored too late: the payment stays returned",
        "R73": "the return was in time: the payment stays returned",
        "R74": "a corrected return",
        "R75": "the return was no duplicate: the payment stays returned",
        "R76": "the return was without errors: the payment stays returned",
        "R77": "the dishonored return is not accepted: the payment stays returned",
        "R80": "international entry coded wrongly",
        "R82": "invalid identification of the foreign bank",
        "R84": "the gateway did not process it",
        "R85": "outbound international payment coded wrongly",
    },
    Meaning.DISHONORED: {
        "R61": "the return was misrouted",
        "R62": "the return was of a reversing entry",
        "R67": "the return came twice",
        "R68": "the return came too late",
        "R69": "fields of the return in error",
        "R70": "the return was not admitted, or not asked for",
    },
    Meaning.CHANGE: {
        "C01": "another account number",
        "C02": "another routing number",
        "C03": "other routing and account numbers",
        "C04": "another name",
        "C05": "another transaction code",
        "C06": "another account number and transaction code",
        "C07": "other routing and account numbers and transaction code",
        "C08": "another identification of the foreign bank",
        "C09": "another individual number",
        "C10": "another company name",
        "C11": "another company identification",
        "C12": "another company name and identification",
        "C13": "addenda to be written otherwise",
        "C14": "another class for an outbound international payment",
        "C61": "the notification was misrouted",
        "C62": "trace number of the notification in error",
        "C63": "company identification of the notification in error",
        "C64": "individual number of the notification in error",
        "C65": "corrected data in error",
        "C66": "routing number of the notification in error",
        "C67": "routing number and corrected data in error",
        "C68": "account number and corrected data in error",
        "C69": "transaction code and corrected data in error",
    },
}
REASONS: Mapping[str, ReturnReason] = MappingProxyType(
    {
        code: ReturnReason(text, meaning)
        for meaning, texts in _TEXTS.items()
        for code, text in texts.items()
    }
)


def reason_of(code: str) -> ReturnReason:
    """What a code means; money that came back under a new code came back all the same."""
    return REASONS.get(code, _UNKNOWN)


def explain(code: str) -> str:
    """A code in words for whoever works the list; nothing where there is no code."""
    if not code:
        return ""
    reason = reason_of(code)
    return f"{reason.text}; {reason.meaning}"
