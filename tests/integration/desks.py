"""A counter and a ledger in this process, each on a database of its own, that hear each other.

What goes between them are the events they emit, handed over by `pass_on`; the counter quotes
from the ledger over the wire. No case waits for a broker.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import grpc

from cashiering_service.bootstrap import SPEC as CASHIERING
from receivables_service import api as receivables_api
from receivables_service.bootstrap import SPEC as RECEIVABLES
from taxkit import auth, ids, testing
from taxkit.app import App
from taxkit.clock import FixedClock

JURISDICTIONS = str(Path(__file__).parents[2] / "jurisdictions")
PARCEL = "13264290020000"
TO_LEDGER = {"PaymentPosted": "on_payment_posted", "PaymentReversed": "on_payment_reversed"}
TO_COUNTER = {
    "BalanceChanged": "on_balance_changed",
    "FlagChanged": "on_flag_changed",
    "PlanStatusChanged": "on_plan_status_changed",
    "SurplusChanged": "on_surplus_changed",
    "EscrowChanged": "on_escrow_changed",
    "DiscountApplied": "on_discount_applied",
    "DiscountReversed": "on_discount_reversed",
    "DiscountNotGranted": "on_discount_not_granted",
    "DiscountProgramChanged": "on_discount_program_changed",
    "DiscountProofFiled": "on_discount_proof_filed",
}


@dataclass
class Desks:
    """Both services, the channels to them, and a cashier's token."""

    cashiering: App
    receivables: App
    channel: grpc.Channel
    ledger_channel: grpc.Channel
    metadata: Any
    told_here: int = 0
    told_there: int = 0

    @classmethod
    @contextmanager
    def opened(
        cls, postgres_admin_url: str, now: datetime, jurisdictions: str = JURISDICTIONS
    ) -> Iterator[Self]:
        keys = testing.make_keys()
        metadata = testing.bearer(keys.token("cashiering.*", "receivables.*", user="cashier"))
        with ExitStack() as opened:

            def start(spec: Any, **settings: str) -> App:
                url = opened.enter_context(testing.fresh_database(postgres_admin_url, spec.name))
                given = {"MILLAGE_JURISDICTIONS_DIR": jurisdictions, **settings}
                return opened.enter_context(
                    testing.application(spec, url, FixedClock(now), **given)
                )

            ledger = start(RECEIVABLES)
            settings = testing.replace_setting(ledger.settings, grpc_listen="127.0.0.1:0")
            verifier = auth.TokenVerifier(keys.public_pem)
            servicers = receivables_api.servicers(ledger)
            port = opened.enter_context(testing.serving(settings, verifier, servicers))
            asks = {
                "MILLAGE_RECEIVABLES_ADDR": f"127.0.0.1:{port}",
                "MILLAGE_QUOTE_TIMEOUT_MS": "60000",
            }
            counter = start(CASHIERING, **asks)
            channel = opened.enter_context(testing.server(CASHIERING, counter, keys))
            ledger_channel = opened.enter_context(grpc.insecure_channel(f"127.0.0.1:{port}"))
            yield cls(counter, ledger, channel, ledger_channel, metadata)

    def pass_on(self) -> None:
        """Let each hear what the other told."""
        news = testing.emitted(self.cashiering)[self.told_here :]
        self.told_here += len(news)
        _absorb(self.receivables, news, TO_LEDGER)
        news = testing.emitted(self.receivables)[self.told_there :]
        self.told_there += len(news)
        _absorb(self.cashiering, news, TO_COUNTER)
        assert testing.parked(self.receivables) == testing.parked(self.cashiering) == []

    def issue(self, cents: int, second_cents: int = 0) -> UUID:
        """A bill of 2021 in one installment, or in two."""
        bill_id = ids.new_id()
        parts = [{"installment": 1, "due_on": "2022-03-01", "amount_cents": cents}]
        if second_cents:
            parts.append({"installment": 2, "due_on": "2022-12-30", "amount_cents": second_cents})
        data = {
            "bill_id": str(bill_id),
            "bill_number": f"2021-{PARCEL}",
            "bill_version": 1,
            "parcel_number": PARCEL,
            "tax_year": 2021,
            "owner": {"name": "Dolores Park", "email": None},
            "total_cents": cents + second_cents,
            "installments": parts,
        }
        body = testing.foreign_event("org.millage.levy.BillCreated.v1", f"bill/{bill_id}", data)
        self.receivables.consumer.absorb("on_bill_created", [body])
        self.pass_on()
        return bill_id


def _absorb(app: App, news: Sequence[dict[str, Any]], methods: Mapping[str, str]) -> None:
    for event in news:
        method = methods.get(event["type"].split(".")[-2])
        if method:
            app.consumer.absorb(method, [json.dumps(event)])
