"""tools/make_remittance.py writes what the readers read, at any length."""

import importlib.util
import sys
from datetime import date
from itertools import islice
from pathlib import Path
from types import ModuleType

import pytest

from cashiering_service.domain.remittance import RemittanceLine, Trailer, open_reader

TOOL = Path(__file__).parents[4] / "tools" / "make_remittance.py"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_remittance", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("layout", ["csv", "bai-lockbox"])
@pytest.mark.parametrize("count", [0, 1, 999, 1000, 12_345])
def test_a_written_file_reads_back_whole(
    tool: ModuleType, tmp_path: Path, layout: str, count: int
) -> None:
    """Over the edges of batches (999 checks) and lockboxes (9,999 checks)."""
    path = tmp_path / "file"
    payments = list(islice(tool.invented_payments(2021, date(2022, 2, 25)), count))

    tool.write_file(layout, path, payments, date(2022, 2, 28))

    reader = open_reader(layout)
    *lines, trailer = [*reader.feed(path.read_bytes()), *reader.close()]
    assert trailer == Trailer(count, sum(payment.amount_cents for payment in payments))
    assert [(p.bill_reference, p.amount_cents, p.check_number) for p in payments] == [
        (x.bill_reference, x.amount_cents, x.check_number)
        for x in lines
        if isinstance(x, RemittanceLine)
    ]


def test_a_lockbox_total_never_overflows_its_field(tool: ModuleType, tmp_path: Path) -> None:
    """Ten digits of cents: the next lockbox is opened before."""
    reference = tool.REFERENCES.write("13264290020000", 2021)
    payments = [
        tool.Payment(reference, 6_000_000_000, date(2022, 2, 25), str(number), "P")
        for number in range(1, 4)
    ]
    path = tmp_path / "file"

    tool.write_file("bai-lockbox", path, payments, date(2022, 2, 28))

    reader = open_reader("bai-lockbox")
    assert [*reader.feed(path.read_bytes()), *reader.close()][-1] == Trailer(3, 18_000_000_000)
