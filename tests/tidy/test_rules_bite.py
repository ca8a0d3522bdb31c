"""A rule that never fails is no rule: each is shown what it forbids."""

import ast
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import house
import sql_order


def test_a_long_function_is_seen():
    body = "\n".join(f"    a{i} = {i}" for i in range(house.FUNCTION_LINES_MAX))
    short = body.rsplit("\n", 1)[0]

    assert list(house.long_functions(ast.parse(f"def f():\n{body}"))) == [("f", 41)]
    assert list(house.long_functions(ast.parse(f"def f():\n{short}"))) == []


@pytest.mark.parametrize(
    "code",
    [
        "rate: float = 1",
        "x = 0.5",
        "x = float(y)",
        "sa.Column(sa.Float)",
        'op.execute("create table t (amount double precision)")',
        'op.execute("create table t (amount real, b int)")',
    ],
)
def test_a_float_is_seen(code):
    assert sorted(set(house.floats(ast.parse(code)))) == [1]


@pytest.mark.parametrize(
    "code", ["x = 5", 'x = Decimal("0.5")', "y: bigint = 1", '"""A real estate tax."""']
)
def test_what_is_no_float_is_let_through(code):
    assert list(house.floats(ast.parse(code))) == []


@pytest.mark.parametrize(
    "code", ["datetime.now(UTC)", "dt.datetime.now()", "date.today()", "uuid4()", "uuid.uuid4()"]
)
def test_time_and_chance_are_seen(code):
    assert [line for line, _ in house.ambient_calls(ast.parse(code))][:1] == [1]


def test_a_clock_that_was_given_is_let_through():
    assert list(house.ambient_calls(ast.parse("clock.now(); clock.today(); ids.new_id()"))) == []


@pytest.mark.parametrize(
    "code",
    [
        "subprocess.run(command, user=1)",
        "subprocess.Popen(command, preexec_fn=os.setsid)",
        "os.fork()",
        "multiprocessing.Process(target=work)",
    ],
)
def test_a_fork_is_seen(code):
    assert list(house.forks(ast.parse(code))) == [1]


def test_a_program_that_is_started_is_let_through():
    assert list(house.forks(ast.parse("subprocess.run(a, env=b); login(user=1)"))) == []


@pytest.mark.parametrize(
    "code",
    [
        'if bill.jurisdiction == "us-zz": pass',
        'x = 1 if settings.county in ("zed", "wye") else 2',
        'y = jurisdiction_id.startswith("us-")',
        'match pack.jurisdiction_id:\n    case "us-zz":\n        pass',
        'if pack.id == "zz": pass',
        'if self._law.name in {"Zed", "Wye"}: pass',
        'x = pack_id == "zz"',
        'if app.pack == "zz": pass',
    ],
)
def test_an_if_on_a_place_is_seen(code):
    assert list(house.questions_of_place(ast.parse(code))) == [1]


@pytest.mark.parametrize(
    "code",
    [
        "a.jurisdiction == b.jurisdiction", 'not county == ""', 'state == "open"', "county(x)",
        'fee.code == "court"', "pack.id == other.id",
    ],
)  # fmt: skip
def test_what_asks_for_no_place_by_name_is_let_through(code):
    assert list(house.questions_of_place(ast.parse(code))) == []


@pytest.mark.parametrize(
    "code",
    [
        "class ZedInterest: pass",
        "def is_zed(): pass",
        "zed_cents = 1",
        "row.zed_fee",
        "f(zed=1)",
        "def f(in_zed): pass",
        "x = 'alter table bills add column zed_half integer'",
    ],
)
def test_a_thing_called_after_a_place_is_seen(code):
    tree = ast.parse(code)
    said = [text for _, text in (*house.names(tree), *house.strings(tree))]
    assert any("zed" in house.words_of(text) for text in said)


def test_a_word_that_holds_a_place_s_name_is_another():
    assert house.words_of("zedCookie_cookies") == {"zed", "cookie", "cookies"}


def test_docstrings_are_not_code():
    tree = ast.parse('"""us-il-cook"""\ndef f():\n    """us-il-cook"""\n    return "us-il-cook"')

    assert list(house.strings(tree)) == [(4, "us-il-cook")]


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ('x = "select 1, 1_000_000 + n"', [1]),
        ('x = f"select 1_000 from {t}"', [1]),
        ('x = "select 1000000 from t_1_000"', []),
        ('x = f"select 1 limit {1_000}"', []),
        ('"""Select 1_000 rows."""', []),
    ],
)
def test_digits_grouped_in_sql_are_seen(code, lines):
    assert list(house.grouped_digits_in_sql(ast.parse(code))) == lines


@pytest.mark.parametrize(
    "statement",
    [
        "select array_agg(a) from t",
        "select b, string_agg(x || coalesce(y, ')'), ', ') from t group by b",
        "select a from t where b in (select b from u order by b) limit %s",
        "select a from t limit {SIZE}",
        "select (select a from u limit 1) from t order by a",
        "select distinct on (a) a, b from t",
    ],
)
def test_an_order_that_is_left_open_is_seen(statement):
    assert [line for line, _ in sql_order.open_orders(ast.parse(f'x = f"""{statement}"""'))] == [1]


@pytest.mark.parametrize(
    "statement",
    [
        "select array_agg(a order by a), jsonb_agg(distinct b) from t",
        "select a from t order by a limit %(size)s",
        "select exists (select 1 from t where a = 'order' limit 1)",
        "select distinct on (a) a, b from t order by a, b",
        "at most the limit 1 from each, without order",
        "select 1 limit 1",
    ],
)
def test_an_order_that_is_given_or_does_not_matter_is_let_through(statement):
    assert list(sql_order.open_orders(ast.parse(f'x = f"""{statement}"""'))) == []
