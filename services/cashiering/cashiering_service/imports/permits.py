"""What a file pays is taken at its till, by whoever sends it, and in this county at all."""

from typing import Any

from sqlalchemy import Connection

from cashiering_service.baskets import rulebook as basket_rulebook
from cashiering_service.bootstrap import CashieringApp
from cashiering_service.domain.lookup import MISCELLANEOUS, TAX, check_enabled
from cashiering_service.domain.permits import FORFEITURE, check_taken
from cashiering_service.sessions import tills
from cashiering_service.sources import store as sources_store

_PAID = (
    "select distinct kind, case when kind = 'misc' then source_code end as source_code"
    " from import_lines where run_id = %s and outcome = 'post' order by 1, 2"
)


def check(app: CashieringApp, connection: Connection, user: str, run: Any) -> None:
    """Hold a run to the lists of its till and sender, and to the county's (CASH-001, CASH-013)."""
    paid = connection.exec_driver_sql(_PAID, (run.run_id,)).all()
    codes = sorted({one.source_code for one in paid if one.kind == "misc"})
    sources = sources_store.in_force(connection, run.business_date, codes) if codes else {}
    types = {source.payment_type for source in sources.values()}
    if any(one.kind != "misc" for one in paid):
        types.add(TAX)
    law = basket_rulebook.load(app.settings.jurisdictions_dir, app.settings.jurisdiction)
    services = {TAX if one in (TAX, FORFEITURE) else MISCELLANEOUS for one in types}
    for service in sorted(services):
        check_enabled(service, law.at(run.business_date).service_types)
    till = tills.permit_of(tills.till(connection, run.till_code))
    check_taken(till, tills.permit_of(tills.cashier(connection, user)), types, codes)
