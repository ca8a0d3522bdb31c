"""The list's SQL leaves out what the domain says is held, and nothing else."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from taxkit import ids
from taxsale_service import holds, queries, store
from taxsale_service.bootstrap import TaxsaleApp
from taxsale_service.domain.holds import Hold, HoldTerms, Source, holding
from taxsale_service.domain.standing import DelinquencyTerms, EligibilityTerms, SaleTerms

DAY = date(2022, 1, 15)
_LAW = SaleTerms("test", DelinquencyTerms("late", 0), EligibilityTerms("time", 0), None)
_DATE = st.none() | st.integers(-2, 2).map(lambda days: DAY + timedelta(days=days))
_KIND = st.sampled_from(["a", "b"])
_HELD = st.lists(st.tuples(st.integers(0, 3), _KIND, _DATE.filter(bool), _DATE, _DATE), max_size=6)
_CODES = st.lists(st.tuples(st.integers(0, 3), _KIND), max_size=4)
_SOURCES = st.sampled_from(["collections", "code", "plan"])
_WORD = st.builds("{}/{}".format, _SOURCES, st.sampled_from(["a", "b", "any"]))
_PLACE = "insert into collection_holds values (%s, %s, %s, '', '', %s, %s, %s)"


def _last(ends: date | None, released: date | None) -> date | None:
    days = [each for each in (ends, released and released - timedelta(days=1)) if each]
    return min(days) if days else None


@settings(max_examples=60)
@given(held=_HELD, codes=_CODES, words=st.frozensets(_WORD, max_size=3))
def test_sql_and_domain_agree_on_what_is_held(app: TaxsaleApp, held, codes, words) -> None:
    """Whatever the law names, and whatever days holds are on."""
    rows = [
        store.BillRow(ids.new_id(), f"n{place}", f"p{place}", 2021, 100, DAY, DAY, DAY)
        for place in range(4)
    ]
    terms = HoldTerms("test", words)
    expected = {row.bill_id: [] for row in rows}
    with app.database.engine.connect() as connection, connection.begin() as transaction:
        store.save(connection, rows, [])
        for place, kind, begins, ends, released in held:
            last = _last(ends, released)
            hold = Hold(Source.COLLECTIONS, kind, "", "", begins, last, str(ids.new_id()))
            expected[rows[place].bill_id].append(hold)
            connection.exec_driver_sql(
                _PLACE, (hold.reference, f"p{place}", kind, begins, ends, released)
            )
        for place, kind in dict(codes).items():
            code = f"{place}{kind}"
            expected[rows[place].bill_id].append(Hold(Source.CODE, kind, "", "", None, None, code))
            connection.exec_driver_sql("insert into code_settings values (%s, '', %s) "
                "on conflict do nothing", (code, [kind]))  # fmt: skip
            connection.exec_driver_sql("insert into bill_codes values (%s, %s, 1)",
                (rows[place].bill_id, [code]))  # fmt: skip
        law = {2021: _LAW}
        found = store.eligible(connection, law, DAY, queries.START, 9, {2021: terms})
        told = holds.of_bills(connection, rows, lambda _: terms, DAY)
        transaction.rollback()
    free = {each.bill_id for each in rows if not holding(expected[each.bill_id], terms, DAY)}
    assert {each.bill_id for each in found} == free == {one for one in told if not told[one]}
