"""What the tables themselves hold to, whoever writes."""

import pytest
from sqlalchemy.exc import DBAPIError


@pytest.fixture
def loaded(levy, roll):
    for tax_year in roll.years:
        levy.load(roll.whole(tax_year))


@pytest.mark.parametrize("table", ["bills", "bill_lines", "installments", "rates"])
@pytest.mark.parametrize(
    "statement", ["delete from {}", "truncate {} cascade", "update {} set {column} = {column}"]
)
def test_what_was_issued_cannot_be_changed(app, loaded, table: str, statement: str) -> None:
    """The database refuses it, not the program's good manners."""
    column = "rate_thousandths" if table == "rates" else "bill_id"
    with (
        pytest.raises(DBAPIError, match="append-only"),
        app.database.begin() as connection,
    ):
        connection.exec_driver_sql(statement.format(table, column=column))


def test_levy_002_lines_and_installments_add_up_to_each_bill(app, loaded) -> None:
    """In the tables, where others count: not one bill differs by a cent."""
    with app.database.begin() as connection:
        (bills, lines, parts) = connection.exec_driver_sql(
            "select array_agg(total_cents order by bill_id),"
            " (select array_agg(c order by bill_id) from (select bill_id, sum(amount_cents)::bigint"
            "   as c from bill_lines group by bill_id) l),"
            " (select array_agg(c order by bill_id) from (select bill_id, sum(amount_cents)::bigint"
            "   as c from installments group by bill_id) i) from bills"
        ).one()

    assert len(bills) == 24
    assert bills == lines == parts


def test_a_roll_is_summed_up_where_it_is_kept(app, loaded) -> None:
    """Counts and cents of the roll are those of its bills; law and pack are named."""
    with app.database.begin() as connection:
        rows = connection.exec_driver_sql(
            "select r.*, (select count(*) from bills b where b.roll_id = r.roll_id) as bills,"
            " (select sum(total_cents) from bills b where b.roll_id = r.roll_id) as cents,"
            " (select count(*) from bills b join bill_lines using (bill_id, bill_version)"
            "  where b.roll_id = r.roll_id) as lines from rolls r order by tax_year"
        ).all()

    assert [row.tax_year for row in rows] == [2018, 2019, 2020, 2021]
    for row in rows:
        assert (row.bill_count, row.line_count, row.total_cents) == (
            row.bills,
            row.lines,
            row.cents,
        )
        assert f"us-il-cook/levy/due_dates/{row.tax_year}" in row.rule_ids
        assert "+" in row.pack_version
        assert row.loaded_by == "assessor"


def test_a_parcel_has_one_bill_version_a_year(app, loaded) -> None:
    """The index refuses a second one, even past the command."""
    with (
        pytest.raises(DBAPIError, match="bills_of_year"),
        app.database.begin() as connection,
    ):
        connection.exec_driver_sql(
            "insert into bills select gen_random_uuid(), bill_version, bill_number || '-2',"
            " tax_year, parcel_number, tax_code, property_class, owner_name, owner_email,"
            " net_value_dollars, composite_thousandths, total_cents, roll_id from bills limit 1"
        )


def test_a_later_version_stands_for_the_bill(app, loaded, levy) -> None:
    """The list and the bill show the newest version only."""
    (bill,) = levy.bills(parcel_number="13264290020000").bills
    with app.database.begin() as connection:
        connection.exec_driver_sql(
            "insert into bills select bill_id, 2, bill_number, tax_year, parcel_number, tax_code,"
            " property_class, 'New Owner', owner_email, net_value_dollars, composite_thousandths,"
            " total_cents, roll_id from bills where bill_id = %s",
            (bill.bill_id,),
        )

    (listed,) = levy.bills(parcel_number="13264290020000").bills
    assert (listed.bill_version, listed.owner_name) == (2, "New Owner")
    assert levy.bill(bill.bill_id).bill_version == 2
    assert len(levy.bills().bills) == 24
