"""What a simulation adds up as parcels come is what all of them together are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millage_cli.problems import Problem
from millage_cli.simulation import Difference, Owed, Tally, written

cents = st.integers(0, 5)
rows = st.lists(st.tuples(st.sampled_from("AB"), cents, cents, cents, cents), max_size=30)


@given(rows, st.integers(0, 6))
def test_a_tally_is_the_sum_of_its_parcels_and_keeps_the_most_moved(given_rows, top):
    """By tax code and together; of equal differences the earlier parcel is named."""
    tally = Tally(top)
    all_of_them = [
        Difference(2023, f"{number:03}", code, "", "", Owed(a, b), Owed(c, d))
        for number, (code, a, b, c, d) in enumerate(given_rows)
    ]
    for each in all_of_them:
        tally.add(each)

    whole = tally.whole()
    moved = sorted(
        (each for each in all_of_them if each.cents),
        key=lambda each: (-abs(each.cents), each.parcel_number),
    )
    assert tally.largest() == moved[:top]
    assert (whole.parcels, whole.cents) == (len(all_of_them), sum(e.cents for e in all_of_them))
    assert whole.more + whole.less == len(moved)
    assert [each.tax_code for each in tally.districts()] == sorted(
        {e.tax_code for e in all_of_them}
    )
    assert sum(each.cents for each in tally.districts()) == whole.cents


def test_a_file_that_was_not_finished_is_not_there(tmp_path):
    """An earlier one stays as it was; a folder that is none is told."""
    file = tmp_path / "out.csv"
    file.write_text("earlier", encoding="utf-8")
    with pytest.raises(AttributeError), written(file) as write:
        write(None)

    assert [each.name for each in tmp_path.iterdir()] == ["out.csv"]
    assert file.read_text(encoding="utf-8") == "earlier"
    with pytest.raises(Problem), written(file / "deeper.csv"):
        pass
