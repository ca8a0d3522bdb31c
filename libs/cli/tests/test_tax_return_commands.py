"""RECV-069 at the terminal, on levy's real server."""

import shutil
from pathlib import Path

from levy_service.bootstrap import SPEC
from taxkit import ids, testing
from taxkit.testing import Keys

ROOT = Path(__file__).parents[3]


def test_recv_069_a_return_of_an_unknown_bill_is_refused_in_words(
    run, postgres_admin_url: str, keys: Keys
) -> None:
    """RECV-069: both commands reach levy, and its reasons reach the clerk."""
    given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions")}
    with (
        testing.fresh_database(postgres_admin_url, "levy") as url,
        testing.application(SPEC, url, **given) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        address = channel._channel.target().decode().removeprefix("dns:///")
        token = keys.token("levy.return", "levy.read", user="ada")
        where = ("--addr", f"levy={address}", "--token", token, "--json")
        bill = str(ids.new_id())
        filed = run("bill", "file-return", bill, "TT-1", *where)
        shown = run("bill", "return-of", bill, *where)
    assert filed.problem["reason"] == "BILL_NOT_FOUND"
    assert shown.problem["reason"] == "RETURN_NOT_FOUND"


def test_levy_022_an_account_of_a_trust_tax_is_opened_posted_and_closed_at_the_terminal(
    run, postgres_admin_url: str, keys: Keys, tmp_path: Path
) -> None:
    """LEVY-022: a quarter's return, then the closed year's recap, each with its bill."""
    law = tmp_path / "us-il-cook"
    shutil.copytree(ROOT / "jurisdictions" / "us-il-cook", law)
    (law / "trust_taxes.yaml").write_text(LODGING, encoding="utf-8")
    with (
        testing.fresh_database(postgres_admin_url, "levy") as url,
        testing.application(SPEC, url, MILLAGE_JURISDICTIONS_DIR=str(tmp_path)) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        address = channel._channel.target().decode().removeprefix("dns:///")
        token = keys.token("levy.trust_tax", "levy.read", user="ada")
        where = ("--addr", f"levy={address}", "--token", token, "--json")

        def trust_tax(*words: str):
            return run("trust-tax", *words, *where)

        trust_tax("open", "A-1", "--tax", "lodging", "--owner", "Inn", "--on", "2022-01-01")
        year = ("--tax-year", "2022", "--period")
        first = trust_tax("post", "A-1", "R-1", *year, "1", "--tax", "100.00")
        trust_tax("close", "A-1", "--on", "2022-05-20")
        refused = trust_tax("post", "A-1", "R-2", *year, "2", "--tax", "20.00")
        recap = trust_tax("post", "A-1", "R-2", *year, "2", "--recap", "130.00")
        shown = trust_tax("show", "A-1", "--tax-year", "2022")
        neither = trust_tax("post", "A-1", "R-3", *year, "2")
    assert first.answer["billed_cents"] == 10_000
    assert refused.problem["reason"] == "RECAP_MISSING"
    assert recap.answer["billed_cents"] == 3_000
    assert [one["period"] for one in shown.answer["returns"]] == [1, 2]
    assert neither.problem["reason"] == "TAX_OR_RECAP"


LODGING = """trust_taxes:
  keyed_by: tax_year
  terms:
    - from: 2018
      citation: "A county's ordinance"
      certainty: house rule
      types:
        - {code: lodging, name: "Lodging tax", periods: 4, agency_code: "900",
           agency_name: "County", last_period_recap: true}
"""
