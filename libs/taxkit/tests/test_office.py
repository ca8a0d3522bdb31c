"""What a pack has not is read in the office it names."""

import pytest
from test_lawpack import SCHEMA, Fee, pack, rewrite

from taxkit.lawpack import has_file, load_jurisdiction, load_terms, pack_version
from taxkit.packvalues import PackError, PackText

__all__ = ["pack"]

OFFICE = """\
fees:
  keyed_by: tax_year
  terms: [{from: 1900, citation: The office, certainty: house rule, rate: "0.5", cents: 1, code: a,
           kind: flat, waived: false, steps: [], names: {}, words: own.txt}]
"""


@pytest.fixture
def office(pack):
    """A folder beside the pack that says what the pack does not."""
    rewrite(pack, "state: XX", "state: XX\noffice: desk", "jurisdiction.yaml")
    folder = pack.parent / "desk"
    folder.mkdir()
    (folder / "law.yaml").write_text(OFFICE, encoding="utf-8")
    (folder / "own.txt").write_text("the office's", encoding="utf-8")
    return folder


def test_a_section_that_the_pack_has_is_the_packs(pack, office):
    """The office's is for who says nothing of his own."""
    assert load_terms(pack, "law.yaml", SCHEMA).by_year("fees", Fee).at(2000).value.cents == 250


def test_a_section_that_the_pack_has_not_is_the_offices(pack, office):
    """With the pack's name in the rule, and files of the office's own beside it."""
    (pack / "law.yaml").write_text("notes: [a doubt]\n", encoding="utf-8")
    of_section = load_terms(pack, "law.yaml", SCHEMA).by_year("fees", Fee).at(2000)
    (pack / "law.yaml").unlink()
    of_file = load_terms(pack, "law.yaml", SCHEMA).by_year("fees", Fee).at(2000)

    assert of_section == of_file
    assert of_file.rule_id == "us-xx-test/law/fees/1900"
    assert of_file.value.words == PackText("own.txt", "the office's")
    assert has_file(pack, "law.yaml")
    assert not has_file(pack, "other.yaml")


def test_what_is_wrong_in_the_office_is_told_there(pack, office):
    """Where it stands, not where it is asked for."""
    (pack / "law.yaml").unlink()
    (office / "law.yaml").write_text(OFFICE.replace('"0.5"', "0.5"), encoding="utf-8")

    with pytest.raises(PackError, match=r"desk/law\.yaml:3: fees\.terms\[0\]\.rate"):
        load_terms(pack, "law.yaml", SCHEMA)


def test_the_version_names_the_offices_content_too(pack, office):
    """What the office changes is another law."""
    before = pack_version(pack, "1")
    (office / "own.txt").write_text("changed", encoding="utf-8")

    assert pack_version(pack, "1") != before


@pytest.mark.parametrize("named", ["nowhere", "..", "us-xx-test", "desk/deeper"])
def test_an_office_is_a_folder_beside_the_pack_that_is_no_pack(pack, office, named):
    """Another pack's law is never taken for one's own."""
    (office / "deeper").mkdir()
    rewrite(pack, "office: desk", f"office: {named}", "jurisdiction.yaml")

    with pytest.raises(PackError, match="a folder beside the pack"):
        load_jurisdiction(pack)
