"""The gate lets a contract grow and refuses to let a subscriber down: tried on spoiled copies."""

import copy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tools import contract_gate, contracts
from tools.contract_documents import documents, message_schema

NAME = "cashiering/PaymentPosted.v1"
ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = ROOT / "libs/contracts/published"


@pytest.fixture
def before(published):
    return {NAME: message_schema(published["org.millage.cashiering.PaymentPosted.v1"])}


@pytest.fixture
def now(before):
    return copy.deepcopy(before)


def data_of(schemas):
    return schemas[NAME]["properties"]["data"]


def remove_field(data):
    del data["properties"]["till_code"]
    data["required"].remove("till_code")


def make_optional(data):
    data["required"].remove("till_code")


def add_required(data):
    data["properties"]["lane"] = {"type": "string"}
    data["required"].append("lane")


def change_type(data):
    data["properties"]["total_cents"]["type"] = "string"


def allow_null(data):
    data["properties"]["till_code"]["type"] = ["string", "null"]


def narrow_enum(data):
    data["properties"]["source"]["enum"].remove("csv")


def widen_enum(data):
    data["properties"]["source"]["enum"].append("web")


def loosen_minimum(data):
    del data["properties"]["total_cents"]["minimum"]


def change_format(data):
    data["properties"]["business_date"]["format"] = "date-time"


def remove_inside_a_list(data):
    del data["properties"]["lines"]["items"]["properties"]["parcel_number"]


def change_in_an_object(data):
    data["properties"]["payer"]["properties"]["name"]["type"] = "object"


BREAKING = {
    remove_field: "data.till_code: removed",
    make_optional: "data.till_code: was always there",
    add_required: "data.lane: is new",
    change_type: "data.total_cents: type was integer",
    allow_null: "data.till_code: type was string",
    narrow_enum: "data.source: enum was",
    widen_enum: "data.source: enum was",
    loosen_minimum: "data.total_cents: minimum was 0",
    change_format: "data.business_date: format was date",
    remove_inside_a_list: "data.lines[].parcel_number: removed",
    change_in_an_object: "data.payer.name: type was string",
}


@pytest.mark.parametrize("spoil", BREAKING, ids=lambda spoil: spoil.__name__)
def test_a_change_that_breaks_a_reader_is_refused(before, now, spoil):
    """The refusal names the event and the field."""
    spoil(data_of(now))

    found = contract_gate.breaks(before, now)

    assert any(each.startswith(f"{NAME}: {BREAKING[spoil]}") for each in found), found


def test_a_version_is_not_withdrawn(before):
    """Removing an event or a version is refused: two versions run side by side instead."""
    assert [f"{NAME}: no longer published"] == contract_gate.breaks(before, {})


def test_a_contract_may_grow(before, now):
    """Optional fields, at any depth, new events, new versions and other words are welcome."""
    data = data_of(now)
    data["properties"]["lane"] = {"type": "string", "enum": ["a", "b"]}
    data["properties"]["payer"]["properties"]["phone"] = {"type": ["string", "null"]}
    data["properties"]["source"]["enum"].reverse()
    data["required"].reverse()
    data["description"] = now[NAME]["description"] = "Said better."
    now["cashiering/PaymentPosted.v2"] = {"type": "object", "properties": {}}

    assert contract_gate.breaks(before, now) == []


def test_the_same_contract_breaks_nothing(before, now):
    assert contract_gate.breaks(before, now) == []


@pytest.fixture
def repository(tmp_path, published):
    """A repository whose first release holds the contract of today."""
    wanted = documents(sorted(published.values(), key=lambda event: event.type_name))
    contracts.write(tmp_path, wanted)
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "one"]):
        _git(tmp_path, *words)
    _git(tmp_path, "tag", "v1.0.0")
    return tmp_path, wanted


def test_the_gate_reads_what_was_released(repository):
    """Against the newest tag: a spoiled copy is refused however many commits came after."""
    root, wanted = repository
    name = f"events/{NAME}.schema.json"
    spoiled = {**wanted, name: wanted[name].replace('"csv"', '"tape"')}
    contracts.write(root, spoiled)
    _git(root, "commit", "-qam", "two")

    assert contract_gate.baseline(root) == "v1.0.0"
    found = contracts.check(root, spoiled, "v1.0.0")
    assert any("data.source: enum" in each and "v1.0.0" in each for each in found), found


def test_on_a_branch_without_releases_main_is_the_measure(repository):
    """Before the first release, what main holds counts as published."""
    root, _ = repository
    _git(root, "tag", "-d", "v1.0.0")
    main = _git(root, "rev-parse", "HEAD")
    _git(root, "checkout", "-qb", "work")
    _git(root, "commit", "-q", "--allow-empty", "-m", "two")

    assert main == contract_gate.baseline(root)


def test_what_was_published_is_kept_without_a_history(tmp_path, published):
    """A copy without git, or of many commits: what was last kept is the measure."""
    wanted = documents(sorted(published.values(), key=lambda event: event.type_name))
    contracts.write(tmp_path, wanted)
    assert contracts.publish(tmp_path, wanted) == []
    name = f"events/{NAME}.schema.json"
    spoiled = {**wanted, name: wanted[name].replace('"till_code"', '"till"')}
    contracts.write(tmp_path, spoiled)

    found = contracts.check(tmp_path, spoiled, "")
    assert any("data.till_code: removed (published in libs/contracts" in each for each in found)
    # Nor can it be published by asking.
    assert contracts.publish(tmp_path, spoiled) == found
    assert NAME in contract_gate.kept(tmp_path / contracts.KEPT)


def test_every_constraint_of_an_event_is_kept(before, tmp_path):
    """What is left out of the file binds nobody: each spoiled copy is refused from it as well."""
    contract_gate.keep(tmp_path / "events.json", before)
    kept = contract_gate.kept(tmp_path / "events.json")

    assert contract_gate.breaks(kept, before) == []
    for spoil, words in BREAKING.items():
        now = copy.deepcopy(before)
        spoil(data_of(now))
        found = contract_gate.breaks(kept, now)
        assert any(each.startswith(f"{NAME}: {words}") for each in found), spoil


def test_what_this_repository_published_holds(published):
    wanted = documents(sorted(published.values(), key=lambda event: event.type_name))

    assert contracts.broken_since(ROOT, wanted, "") == []
    assert contract_gate.kept(ROOT / contracts.KEPT).keys()


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("string idempotency_key = 1;", "string request_key = 1;"),
        ("string idempotency_key = 1;", "int64 idempotency_key = 1;"),
        ("string idempotency_key = 1;", "string idempotency_key = 99;"),
        ("rpc PostPayment(", "rpc TakePayment("),
    ],
)
def test_a_proto_that_breaks_what_was_published_is_refused(tmp_path, was, now):
    """Renamed, retyped, renumbered or gone, in a copy without a history."""
    shutil.copytree(ROOT / "proto", tmp_path / "proto")
    file = tmp_path / "proto/millage/cashiering/v1/cashiering.proto"
    text = file.read_text(encoding="utf-8")
    assert was in text
    assert _buf_breaking(tmp_path) == 0
    file.write_text(text.replace(was, now, 1), encoding="utf-8")

    assert _buf_breaking(tmp_path) == 100


def _buf_breaking(root):
    buf = Path(sys.executable).parent / "buf"
    words = [buf, "breaking", "proto", "--against", PUBLISHED / "proto.binpb"]
    return subprocess.run(words, cwd=root, check=False, capture_output=True).returncode


def test_a_folder_that_is_not_current_is_refused(repository):
    """A missing, a changed and a left-over file are each named."""
    root, wanted = repository
    (root / f"events/{NAME}.schema.json").unlink()
    (root / "events/asyncapi.yaml").write_text("asyncapi: 3.0.0\n")
    (root / "events/old.json").write_text("{}")

    assert [
        f"events/{NAME}.schema.json: missing",
        "events/old.json: nothing makes it",
        "events/asyncapi.yaml: differs",
    ] == contracts.differences(root, wanted)
    contracts.write(root, wanted)
    assert contracts.differences(root, wanted) == []


def _git(root, *words):
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    done = subprocess.run(
        ["git", "-C", str(root), *identity, *words], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()
