"""COLL-024 at the terminal: what a collector has to look at, on collections' real server."""

from pathlib import Path

from collections_service.bootstrap import SPEC
from taxkit import testing

ROOT = Path(__file__).parents[3]


def test_coll_024_what_waits_is_listed_and_settled(run, postgres_admin_url: str, keys) -> None:
    """COLL-024: once; then it is listed with how it was seen to."""
    given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions")}
    with (
        testing.fresh_database(postgres_admin_url, "collections") as url,
        testing.application(SPEC, url, **given) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        example = ROOT / "events" / "cashiering" / "ImportLineException.v1.example.json"
        built.consumer.absorb("on_import_line_exception", [example.read_text("utf-8")])
        address = channel._channel.target().decode().removeprefix("dns:///")
        token = keys.token("collections.read", "collections.exception", user="bo")
        where = ("--addr", f"collections={address}", "--token", token)
        (waiting,) = run("exceptions", "list", "--json", *where).answer["exceptions"]
        assert (waiting["reason"], waiting["state"]) == ("PARCEL_UNKNOWN", "open")
        assert "250.00" in run("exceptions", "list", *where).out
        settle = ("exceptions", "settle", waiting["exception_id"], "--note", "sent back")
        done = run(*settle, "--json", *where)
        assert done.exit_code == 0, done.err
        assert run(*settle, "--json", *where).problem["reason"] == "EXCEPTION_SETTLED"
        listed = run("exceptions", "list", "--state", "settled", "--json", *where).answer
        assert listed["exceptions"][0]["settled_by"] == "bo"
