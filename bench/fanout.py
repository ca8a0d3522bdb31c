"""`make bench-fanout`: from a receipt's commit to the last of five services' commits."""

import random
import sys
import time
from datetime import datetime

from bench import cpu
from bench.county import County, HeldBack, new_stack
from bench.fanout_floor import FloorCounty
from bench.payments import BUSINESS_DATE, MAIL_EVERY, Counter
from bench.report import Report, median, parser, percentile, say

_TILLS = 16
_PER_SECOND = 200
_WARM_UP = 300


def _milliseconds(county: County, since: datetime) -> list[float]:
    """For each receipt since a moment, from its commit to the last service's."""
    receipts, services = county.receipts(since), county.commits(since)
    return [
        max((done[trace] - committed).total_seconds() * 1000 for done in services.values())
        for trace, committed in receipts.items()
    ]


def _by_service(county: County, since: datetime) -> dict[str, dict[str, float]]:
    receipts, services = county.receipts(since), county.commits(since)
    took = {
        service: [(done[trace] - at).total_seconds() * 1000 for trace, at in receipts.items()]
        for service, done in services.items()
    }
    return {
        service: {"p50_ms": percentile(each, 0.5), "p99_ms": percentile(each, 0.99)}
        for service, each in took.items()
    }


def _tell(report: Report, county: County, name: str, since: datetime, limit_ms: float) -> None:
    took = _milliseconds(county, since)
    report.figure(f"{name}: p50", percentile(took, 0.5), "ms")
    report.figure(f"{name}: p95", percentile(took, 0.95), "ms")
    report.figure(f"{name}: p99", percentile(took, 0.99), "ms", below=limit_ms)
    report.details[name] = {
        "payments": len(took),
        "max_ms": max(took),
        "by_service": _by_service(county, since),
    }


def idle(report: Report, county: County, counter: Counter, payments: int) -> None:
    """One payment at a time on a system that does nothing else."""
    say(f"idle: {payments} payments one at a time")
    time.sleep(2)
    pauses = random.Random(7)
    since = county.now()
    for _ in range(payments):
        counter.one()
        time.sleep(pauses.uniform(0.05, 0.1))
    county.wait(since, payments)
    _tell(report, county, "idle", since, 100)


def paced(report: Report, county: County, counter: Counter, seconds: float) -> None:
    """Payments at a steady pace, begun whether or not earlier ones are answered."""
    payments = int(_PER_SECOND * seconds)
    say(f"paced: {payments} payments at {_PER_SECOND}/s")
    since, before = county.now(), cpu.of_roles(county.stack)
    outcome = counter.keep_pace(_PER_SECOND, payments)
    county.wait(since, payments)
    spent = cpu.spent(before, cpu.of_roles(county.stack), payments)
    name = f"{_PER_SECOND}/s for {seconds:.0f} s"
    _tell(report, county, name, since, 250)
    commits = sorted(county.receipts(since).values())
    achieved = (payments - 1) / (commits[-1] - commits[0]).total_seconds()
    report.verdict(
        "offered rate achieved", achieved, "/s", f"≥ {_PER_SECOND * 0.98:.0f}/s",
        met=achieved >= _PER_SECOND * 0.98,
    )  # fmt: skip
    report.details[name] |= {
        "cpu_ms_per_payment_by_process": spent,
        "counter_answer_p99_ms": percentile(outcome.latencies, 0.99) * 1000,
    }


def drain(county: County, held: HeldBack, payments: int) -> float:
    """Payments per second from letting the events go to the last commit of five services."""
    released = held.released_at
    assert released is not None
    county.wait(released, payments)
    last = max(max(done.values()) for done in county.commits(released).values())
    return payments / (last - released).total_seconds()


def saturated(report: Report, county: County, counter: Counter, payments: int, rounds: int) -> None:
    """A backlog let go at once: ours and the same pipeline with empty handlers in turns."""
    ours, floors, spent = [], [], {}
    floor: FloorCounty | None = None
    try:
        for number in range(rounds):
            since = county.now()
            with HeldBack(county) as held:
                counter.keep_busy(_TILLS, payments=payments)
            before = cpu.of_roles(county.stack)
            ours.append(drain(county, held, payments))
            spent = cpu.spent(before, cpu.of_roles(county.stack), payments)
            if floor is None:
                floor = FloorCounty.beside(county, since)
            with HeldBack(floor.county) as held:
                floor.feed(county, since)
            floors.append(drain(floor.county, held, payments))
            say(f"saturated {number + 1}: ours {ours[-1]:.0f}/s, floor {floors[-1]:.0f}/s")
    finally:
        if floor is not None:
            floor.close()
    report.rate(f"saturated, {payments} payments", median(ours), median(floors), 0.5)
    report.details["saturated"] = {
        "ours_per_second": ours,
        "floor_per_second": floors,
        "cpu_ms_per_payment_by_process": spent,
        "events_per_payment_in_the_floor": floor.proportions if floor else {},
    }


def main() -> int:
    made = parser(__doc__ or "")
    made.add_argument("--parcels", type=int, default=2000, help="in each of four tax years")
    made.add_argument("--idle", type=int, default=200, help="payments one at a time")
    made.add_argument("--seconds", type=float, default=20, help="at 200/s")
    made.add_argument("--payments", type=int, default=4000, help="in a saturated round")
    made.add_argument("--rounds", type=int, default=3, help="saturated rounds; 0 for none")
    given = made.parse_args()
    report = Report("fanout", "Fan-out, receipt commit to the last of five services' commits")
    with new_stack() as stack:
        county = County.of(stack)
        bills = county.levy(given.parcels)
        counter = Counter(stack.grpc("cashiering"), county.token(), bills, _TILLS)
        since = county.now()
        counter.keep_busy(8, payments=_WARM_UP)
        county.wait(since, _WARM_UP)
        idle(report, county, counter, given.idle)
        paced(report, county, counter, given.seconds)
        if given.rounds:
            saturated(report, county, counter, given.payments, given.rounds)
        counter.close()
        parked = county.parked()
    report.verdict("messages parked", parked, "", "none", met=parked == 0)
    report.notes += [
        f"{len(bills)} bills; payments on {BUSINESS_DATE}; a mail for one payer in {MAIL_EVERY}",
        "commit times are the database's own (track_commit_timestamp), one cluster, one clock",
        "saturated floor: the same relays, queues, inboxes and events, handlers that do nothing",
    ]
    return report.finish(require=given.require)


if __name__ == "__main__":
    sys.exit(main())
