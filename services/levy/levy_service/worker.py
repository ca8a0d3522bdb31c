"""Levy's nameko service: wiring only."""

from levy_service import projections, returns
from levy_service.bootstrap import SPEC
from levy_service.guard import releasing
from levy_service.guard import runs as guard_runs
from levy_service.moves import coded
from levy_service.specials import paid
from levy_service.supplements import refunding
from taxkit.worker import Application, consume, keep_house, park_dead_letters, pulse, tidy_inbox

_HELD_SECONDS, _PAYOFF_SECONDS, _REFUND_SECONDS = 2, 5, 15
"""How often changes are looked for that waited for a file's end; by an index, if one waits."""


class LevyWorker:
    name = SPEC.name
    app = Application(SPEC.app)
    on_balance_changed = consume(projections.BALANCE_CHANGED)
    on_trust_tax_bill_settled = consume(returns.TRUST_TAX_BILL_SETTLED)
    on_import_run_started = consume(guard_runs.IMPORT_RUN_STARTED)
    on_import_run_finished = consume(guard_runs.IMPORT_RUN_FINISHED)
    on_code_setting_changed = consume(coded.CODE_SETTING_CHANGED)
    on_bill_code_changed = consume(coded.BILL_CODE_CHANGED)
    dead_letters = park_dead_letters()
    tidy = tidy_inbox()
    keep = keep_house()

    @pulse(interval=_HELD_SECONDS, expected_exceptions=(Exception,))  # type: ignore[untyped-decorator]
    def run_held_changes(self) -> None:
        """Do what waited for a file of payments that is over now."""
        releasing.run_ready(self.app)

    @pulse(interval=_PAYOFF_SECONDS, expected_exceptions=(Exception,))  # type: ignore[untyped-decorator]
    def follow_payoffs(self) -> None:
        """Bring payoffs of special assessments to what is paid of their bills."""
        paid.follow(self.app)

    @pulse(interval=_REFUND_SECONDS, expected_exceptions=(Exception,))  # type: ignore[untyped-decorator]
    def make_refunds(self) -> None:
        """Give back what supplements lowered, of bills that are paid."""
        refunding.follow(self.app)


WORKER = LevyWorker
