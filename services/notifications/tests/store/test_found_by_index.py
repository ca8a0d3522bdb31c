"""NOTI-005: what waits for paper is found however many letters were printed before."""

from datetime import date
from uuid import UUID

import pytest

from notifications_service.printing import store

_BATCH, _OPEN = UUID(int=1), UUID(int=2)
_MANY = f"""
insert into template_versions values ('t', '1', 's', 'b');
insert into notices (notice_id, event_id, sequence, template, template_version, rule_id, recipient,
    recipient_name, sender, subject_line, body, data, state, queued_at, due_at, traceparent)
select gen_random_uuid(), gen_random_uuid(), 1, 't', '1', 'r', '', 'n', 's', 'l', 'b', '{{}}',
    case when i <= 3000 then 'printed' when i <= 3030 then 'to_print' else 'failed' end,
    now(), now(), ''
from generate_series(1, 3060) i;
insert into print_batches values ('{_BATCH}', 't', 'a', now()), ('{_OPEN}', 't', 'a', now());
insert into print_batch_ends values ('{_BATCH}', 'printed', 'a', now(), now());
insert into print_batch_letters
    select '{_BATCH}', notice_id, 1 from notices where state = 'printed';
insert into print_batch_letters
    select '{_OPEN}', notice_id, 1 from notices where state = 'to_print' limit 10;
analyze notices, print_batches, print_batch_ends, print_batch_letters
"""


@pytest.mark.parametrize(("states", "waiting"), [(["to_print"], 20), (["to_print", "failed"], 50)])
def test_noti_005_each_letter_asks_only_for_its_own_batches(app, states, waiting: int) -> None:
    """A year's letters made it minutes; those in a batch that is open are left there."""
    asked = {
        "batch_id": _BATCH, "template": "", "states": states, "limit": 1000, "minded": [],
        "today": date(2023, 1, 1),
    }  # fmt: skip
    with app.database.engine.connect() as connection, connection.begin() as transaction:
        connection.exec_driver_sql(_MANY)
        said = f"explain (analyze, costs off, timing off, summary off) {store._TAKE}"
        again = connection.begin_nested()
        plan = "\n".join(connection.exec_driver_sql(said, asked).scalars())
        again.rollback()
        taken = connection.exec_driver_sql(store._TAKE, asked).rowcount
        transaction.rollback()

    assert taken == waiting
    assert "using print_batch_letters_notice" in plan
    assert "Seq Scan on print_batch_letters" not in plan
