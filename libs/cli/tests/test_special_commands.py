"""LEVY-017, LEVY-019 at the terminal, on levy's real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from levy_service.bootstrap import SPEC
from millage_cli.commands import special_payoffs
from taxkit import testing
from taxkit.testing import Keys
from taxsale_service.bootstrap import SPEC as TAXSALE

ROOT = Path(__file__).parents[3]
PARCEL = "13264290020000"
TERMS = (
    "--parcel", PARCEL, "--agency", "900120000=Area 12", "--project", "Sewer",
    "--principal", "3,000.00", "--years", "3", "--rate", "5", "--first-year", "2021",
    "--interest-from", "2021-11-01",
)  # fmt: skip


@pytest.fixture
def special(run, postgres_admin_url: str, keys: Keys) -> Iterator:
    """`millage special ...` of an assessor, where the parcel is known."""
    given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions")}
    with (
        testing.fresh_database(postgres_admin_url, "levy") as url,
        testing.application(SPEC, url, **given) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        with built.database.begin() as connection:
            connection.exec_driver_sql(
                "insert into parcel_successors (parcel_number, successor_number, retired_on,"
                " reason, retired_by, trace_id, recorded_at) values ('1', %s, '2020-01-01',"
                " 'merged', 'ada', gen_random_uuid(), now())",
                (PARCEL,),
            )
        address = channel._channel.target().decode().removeprefix("dns:///")
        token = keys.token("levy.special", "levy.special.payoff", "levy.read", user="ada")

        def call(*words: str):
            return run("special", *words, "--addr", f"levy={address}", "--token", token, "--json")

        yield call


def test_levy_019_an_assessment_is_opened_deferred_and_resumed_at_the_terminal(special) -> None:
    """Each answers with the assessment as it stands then."""
    opened = special("open", "SSA-1", *TERMS)
    deferred = special("defer", "SSA-1", "--reason", "hardship")
    resumed = special("resume", "SSA-1", "--first-year", "2027", "--reason", "sold")
    listed = special("list", "--parcel", PARCEL)
    shown = special("show", "SSA-1")
    closed = special("close", "SSA-1", "--reason", "annulled")

    assert opened.answer["left_cents"] == 300_000
    assert [each.answer["status"] for each in (opened, deferred, resumed, closed)] == [
        "not_posted", "deferred", "not_posted", "closed",
    ]  # fmt: skip
    assert [each["tax_year"] for each in shown.answer["installments"]] == [2027, 2028, 2029]
    assert [each["assessment_number"] for each in listed.answer["specials"]] == ["SSA-1"]


def test_what_is_mistyped_is_refused_before_levy_is_asked(special) -> None:
    """In the words of the options."""
    mistyped = special("open", "SSA-1", *TERMS, "--tract", "A")
    level = special("open", "SSA-1", *TERMS, "--level", "balloon")
    unknown = special("show", "SSA-9")

    assert mistyped.problem["reason"] == "PAIR_INVALID"
    assert level.problem["reason"] == "METHOD_UNKNOWN"
    assert unknown.problem["reason"] == "SPECIAL_NOT_FOUND"


def test_levy_019_an_assessment_is_quoted_and_paid_off_at_the_terminal(special) -> None:
    """The bill of its own asks for what was quoted; nobody has to see to anything."""
    special("open", "SSA-1", *TERMS)
    quoted = special("quote", "SSA-1")
    paid = special("payoff", "SSA-1", "--reason", "sold")
    listed = special("payoffs", "--parcel", PARCEL)
    tasks = special("tasks")
    settled = special("settle", paid.answer["payoff"]["payoff_id"], "--reason", "done")
    given = ("--to", "ben", "--by", "2099-01-31", "--reason", "his ditch")
    assigned = special("assign", paid.answer["payoff"]["payoff_id"], *given)

    assert paid.answer["payoff"]["amount_cents"] == quoted.answer["amount_cents"]
    assert [each["state"] for each in listed.answer["payoffs"]] == ["due"]
    assert not tasks.answer.get("payoffs")
    assert settled.problem["reason"] == "PAYOFF_HAS_NO_TASK"
    assert assigned.problem["reason"] == "PAYOFF_HAS_NO_TASK"
    assert not special("tasks", "--of", "ben").answer.get("payoffs")


def test_levy_019_every_payoff_is_listed_whatever_a_page_holds(special, monkeypatch) -> None:
    """A list of tasks that ends with its first page leaves what is behind it to nobody."""
    for number in ("SSA-1", "SSA-2", "SSA-3"):
        special("open", number, *TERMS)
        special("payoff", number, "--reason", "sold")
    monkeypatch.setattr(special_payoffs, "_PAGE", 1)
    listed = special("payoffs", "--parcel", PARCEL)

    assert [each["assessment_number"] for each in listed.answer["payoffs"]] == [
        "SSA-3", "SSA-2", "SSA-1",
    ]  # fmt: skip


def test_levy_019_a_payoff_is_withdrawn_at_the_terminal(special) -> None:
    """Its assessment goes on; a second time there is nothing to withdraw."""
    special("open", "SSA-1", *TERMS)
    payoff = special("payoff", "SSA-1", "--reason", "sold").answer["payoff"]["payoff_id"]
    withdrawn = special("withdraw", payoff, "--reason", "not sold")
    again = special("withdraw", payoff, "--reason", "not sold")
    listed = special("payoffs", "--state", "withdrawn")

    assert withdrawn.answer["payoff"]["state"] == "withdrawn"
    assert again.problem["reason"] == "PAYOFF_WITHDRAWN"
    assert [each["payoff_id"] for each in listed.answer["payoffs"]] == [payoff]
    assert special("show", "SSA-1").answer["left_cents"] == 300_000


def test_levy_024_an_assessment_is_moved_at_the_terminal(special) -> None:
    """To a parcel that levy knows."""
    special("open", "SSA-1", *TERMS)
    nowhere = special("move", "SSA-1", "--to", "2", "--reason", "divided")
    already = special("move", "SSA-1", "--to", PARCEL, "--reason", "divided")

    assert nowhere.problem["reason"] == "PARCEL_UNKNOWN"
    assert already.problem["reason"] == "MOVE_CHANGES_NOTHING"


def test_levy_024_an_assessment_is_divided_at_the_terminal(special) -> None:
    """Only among parcels that levy knows, and in shares of what is left."""
    special("open", "SSA-1", *TERMS)
    divide = ("divide", "SSA-1", "--reason", "divided", "--part", f"{PARCEL}=1,000.00", "--part")
    short = special(*divide, "2=1,999.99")
    nowhere = special(*divide, "2=2,000.00")

    assert short.problem["reason"] == "PARTS_DO_NOT_ADD_UP"
    assert nowhere.problem["reason"] == "PARCEL_UNKNOWN"


HEAD = (
    "assessment_number,parcel_number,agency_code,agency_name,project,principal,years,rate_percent,"
    "first_year,interest_from,level,days_in_year,tracts\n"
)


def test_a_file_of_assessments_is_loaded_at_the_terminal(special, tmp_path: Path) -> None:
    """Wrong lines are named, whoever finds them; put right, the rest is passed over."""
    file = tmp_path / "specials.csv"
    right = f'S-1,{PARCEL},90,Area 12,Sewer,"3,000.00",3,5,2021,2021-11-01,payment,,\n'
    ditch = f"S-2,{PARCEL},91,Drain,Main,2000,3,5,2021,2021-11-01,,360,A=1500.00; B=500\n"
    wrong = f"S-3,{PARCEL},90,Area 12,Sewer,much,3,5,2021,2021-11-01,,,\n"
    nowhere = "S-4,99,90,Area 12,Sewer,30,3,5,2021,2021-11-01,,,\n"
    file.write_text(HEAD + right + ditch + wrong + nowhere)
    first = special("load", str(file))
    file.write_text(HEAD + right + ditch + wrong.replace("much", "30.00"))
    again = special("load", str(file))

    assert (first.exit_code, first.answer["opened_count"]) == (1, 2)
    assert sorted((each["line_number"], each["reason"]) for each in first.answer["refused"]) == [
        (4, "AMOUNT_INVALID"), (5, "PARCEL_UNKNOWN"),
    ]  # fmt: skip
    assert (again.exit_code, again.answer["opened_count"], again.answer["known_count"]) == (0, 1, 2)
    shown = special("show", "S-2").answer
    assert [each["principal_cents"] for each in shown["tracts"]] == [150_000, 50_000]


def test_the_example_file_of_assessments_can_be_read(special) -> None:
    """Its first line is on the parcel that is known here."""
    loaded = special("load", str(ROOT / "examples" / "specials" / "specials.csv"))

    assert loaded.answer["opened_count"] == 1
    assert {each["reason"] for each in loaded.answer["refused"]} == {"PARCEL_UNKNOWN"}


def test_a_file_with_other_columns_is_refused_at_the_terminal(special, tmp_path: Path) -> None:
    """Before anything is sent."""
    file = tmp_path / "specials.csv"
    file.write_text("number,parcel\nS-1,1\n")

    assert special("load", str(file)).problem["reason"] == "COLUMNS_UNKNOWN"


def test_levy_017_a_bill_that_is_not_there_is_refused_at_the_terminal(special) -> None:
    """Before anything is asked of the assessment."""
    special("open", "SSA-1", *TERMS)
    refused = special("payoff", "SSA-1", "--reason", "sold", "--bill", f"{PARCEL}/2021")

    assert refused.problem["reason"] == "BILL_NOT_FOUND"


def test_sale_003_what_keeps_a_buyer_waiting_is_shown_at_the_terminal(
    run, postgres_admin_url: str, keys: Keys
) -> None:
    """Nothing, of a parcel without special assessments."""
    given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions")}
    with (
        testing.fresh_database(postgres_admin_url, "taxsale") as url,
        testing.application(TAXSALE, url, **given) as built,
        testing.server(TAXSALE, built, keys) as channel,
    ):
        address = channel._channel.target().decode().removeprefix("dns:///")
        where = ("--addr", f"taxsale={address}", "--token", keys.token("taxsale.read"), "--json")
        shown = run("special", "blocks", PARCEL, "--tax-year", "2021", *where)

    assert not shown.answer.get("blocked")
    assert shown.answer["rule_id"] == "us-il-cook/taxsale/special_payoffs/2010"
