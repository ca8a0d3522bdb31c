"""RECV-069 at the terminal, on levy's real server."""

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
