"""The machinery that tries methods: what it sends, what it sees, and that it notices."""

import pytest

from millage.ops.v1 import ops_pb2 as ops
from millage.reports.v1 import reports_pb2 as reports
from taxkit.testing import make_keys
from taxkit.trial import gentle, tables, tokens, values
from taxkit.trial.cases import with_key


def _sent(base) -> dict[str, bytes]:
    return {str(one): one.spoil(base) for one in values.hostile(base)}


def test_every_field_is_spoiled_and_nothing_else() -> None:
    base = ops.DiscardParkedRequest(idempotency_key="k", parked_id="p", reason="r")
    sent = _sent(base)
    for name in ("idempotency_key", "parked_id", "reason"):
        assert {f"{name} = {value}" for value in values.texts_for(name)} <= set(sent)
    assert "parked_id = no UUID" in sent
    assert "reason = no UUID" not in sent
    spoiled = ops.DiscardParkedRequest.FromString(sent["reason = injections"])

    assert spoiled.reason == values.TEXTS["injections"]
    assert (spoiled.idempotency_key, spoiled.parked_id) == ("k", "p")
    assert base.reason == "r"


def test_numbers_maps_and_repeated_fields_are_spoiled() -> None:
    sent = _sent(ops.ListParkedRequest())
    assert ops.ListParkedRequest.FromString(sent["page_size = -1"]).page_size == -1
    base = reports.RunReportRequest(parameters={"on": "2022-12-15"})
    sent = _sent(base)
    read = reports.RunReportRequest.FromString

    assert len(read(sent["parameters = 10000 entries"]).parameters) == 10_001
    assert dict(read(sent["parameters = value NaN"]).parameters) == {"on": "NaN"}
    runs = reports.ListRunsResponse()
    many = {str(one): one for one in values.hostile(runs)}["runs = 10000 times"].spoil(runs)
    assert len(reports.ListRunsResponse.FromString(many).runs) == 10_000


def test_half_a_surrogate_pair_goes_over_the_wire_as_it_is() -> None:
    sent = _sent(ops.GetTraceRequest())["trace_id = lone surrogates"]
    assert sent.endswith(b"\xed\xa0\x80\xed\xa0\x80")


def test_of_a_stream_the_part_a_message_is_is_spoiled() -> None:
    """Another part would be another message."""
    assert {str(one).split(" ")[0].split(".")[0] for one in values.hostile(
        reports.ReportPart(content=b"x")
    )} == {"(message)", "content"}  # fmt: skip


def test_another_body_differs_in_one_field() -> None:
    base = ops.DiscardParkedRequest(idempotency_key="k", parked_id="p", reason="r")
    bodies = dict(gentle.altered([base]))

    assert set(bodies) == {"parked_id", "reason"}
    assert ops.DiscardParkedRequest.FromString(bodies["reason"][0]).reason == "r1"


def test_a_key_is_put_where_the_request_carries_it() -> None:
    (again,) = with_key(ops.DiscardParkedRequest(idempotency_key="a", reason="r"), "b")
    assert (again.idempotency_key, again.reason) == ("b", "r")


def test_any_change_of_any_table_is_seen(app, database_url: str) -> None:
    """Rows more, and rows that are others."""
    insert = "insert into effects (handler, subject, sequence, note) values ('h', '', 1, 'a')"
    with tables.Tables.of(database_url) as watched, app.database.engine.connect() as connection:
        before = watched.state()
        connection.exec_driver_sql(insert)
        assert tables.changed(before, watched.state()) == []
        connection.commit()
        more = watched.state()
        connection.exec_driver_sql("update effects set note = 'b'")
        connection.commit()

        assert tables.added(before, more) == {"effects": 1}
        assert tables.changed(more, watched.state()) == ["effects (1 rows, now 1)"]


@pytest.mark.parametrize("name", tokens.bad_tokens(make_keys(), "*"))
def test_a_bad_token_is_bad(name: str) -> None:
    """All but the first two have the form of a token."""
    token = tokens.bad_tokens(make_keys(), "*")[name]
    assert (token.count(".") == 2) is (name not in {"none", "no token"})
