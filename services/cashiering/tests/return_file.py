"""Writes NACHA return files for tests: control records included, unless told otherwise."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Back:
    """An entry that comes back: addenda 99, or 98 where the reason is a change."""

    trace: str
    cents: int
    reason: str = "R01"
    code: str = "26"
    bank: str = "07100001"
    name: str = "KOWALCZYK-REYES"


def return_file(entries: list[Back], *, created: str = "221230", pad: bool = True) -> str:
    lines = [_line(f"101 071000013 091000019{created}0830A094101COUNTY BANK")]
    lines.append(_line("5225FIRST BANK".ljust(40) + "1234567890PPDRETURN".ljust(39)[:39], batch=1))
    for place, one in enumerate(entries, start=1):
        own = f"07100001{place:07d}"
        lines.append(

                f"6{one.code}{one.bank}3" + "0072".ljust(17) + f"{one.cents:010d}"
                + "".ljust(15) + one.name[:22].ljust(22) + "  1" + own

        )  # fmt: skip
        kind = "98" if one.reason.startswith("C") else "99"
        lines.append(f"7{kind}{one.reason}{one.trace}".ljust(27) + one.bank + "".ljust(44) + own)
    debit = sum(one.cents for one in entries if one.code[1] >= "6")
    credit = sum(one.cents for one in entries if one.code[1] < "6")
    count, total = 2 * len(entries), sum(int(one.bank) for one in entries) % 10**10
    sums = f"{total:010d}{debit:012d}{credit:012d}"
    lines.append(_line(f"8225{count:06d}{sums}1234567890", batch=1))
    blocks = -(-(len(lines) + 1) // 10)
    lines.append(f"9000001{blocks:06d}{count:08d}{sums}".ljust(94))
    if pad:
        lines += ["9" * 94] * (-len(lines) % 10)
    assert {len(line) for line in lines} == {94}
    return "\n".join(lines) + "\n"


def _line(text: str, batch: int | None = None) -> str:
    return text.ljust(94) if batch is None else text.ljust(87)[:87] + f"{batch:07d}"
