"""Development tokens: the roles hold what the services ask for, and nothing else signs them."""

import re
from pathlib import Path

import jwt
import pytest

from millage_cli.problems import ExitCode, Problem
from millage_cli.tokens import RIGHTS_OF_ROLES, make_token
from taxkit.auth import TokenVerifier

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def key_file(tmp_path, keys):
    path = tmp_path / "key.pem"
    path.write_text(keys.private_pem)
    return path


def declared_rights() -> set[str]:
    """Every right a service's API asks for, or a step of a workflow that is law."""
    sources = [
        *REPOSITORY.glob("services/*/*_service/**/*.py"),
        *REPOSITORY.glob("libs/taxkit/src/taxkit/ops.py"),
    ]
    asked = re.compile(
        r'(?:(?:requires|require|may)\(|reports_servicer\([^"]*)\s*"([a-z]+\.[a-z_.]+)"'
    )
    # A table of what an order asks for beyond the plain: right, and whether it does.
    tabled = re.compile(r'"(cashiering\.[a-z_]+)": (?:any\(|bool\(|order\.)')
    steps = re.compile(r"right: ([a-z]+\.[a-z_.]+)")
    laws = REPOSITORY.glob("jurisdictions/*/held_money.yaml")
    return {
        *(
            right
            for source in sources
            for pattern in (asked, tabled)
            for right in pattern.findall(source.read_text("utf-8"))
        ),
        *(right for law in laws for right in steps.findall(law.read_text("utf-8"))),
    }


def test_the_admin_holds_every_right_that_any_service_declares_and_no_other():
    """A right added to a service is given to a role, or this fails; so does one taken away."""
    assert set(RIGHTS_OF_ROLES["admin"]) == declared_rights()


def test_only_supervisors_date_back_and_only_operators_settle():
    """A cashier's token lets nobody choose the law's date, nor touch parked messages."""
    assert "cashiering.effective_date" not in RIGHTS_OF_ROLES["cashier"]
    assert "cashiering.effective_date" in RIGHTS_OF_ROLES["supervisor"]
    holders = {role for role, rights in RIGHTS_OF_ROLES.items() if "ops.settle" in rights}
    assert holders == {"operator", "admin"}


def test_an_auditor_can_change_nothing():
    """Reading and quoting is all an auditor does."""
    changing = re.compile(
        r"\.(pay|reverse|session|import|load|correct|settle|manage|effective_date)$"
    )

    assert not [right for right in RIGHTS_OF_ROLES["auditor"] if changing.search(right)]


def test_a_token_says_who_with_which_roles_and_till(key_file, keys):
    """The services verify it with the stack's public key."""
    token = make_token(key_file, "casey", ["cashier"], rights=["extra.right"], till="W-1", hours=1)

    caller = TokenVerifier(keys.public_pem).verify(token)

    assert (caller.user, caller.till, caller.roles) == ("casey", "W-1", {"cashier"})
    assert caller.may("cashiering.pay")
    assert caller.may("extra.right")
    assert not caller.may("ops.read")
    assert jwt.decode(token, options={"verify_signature": False})["aud"] == "millage"


def test_without_a_key_nobody_signs(tmp_path):
    """Whoever is not on the stack's machine brings a token of their own."""
    for key_file in (None, tmp_path / "missing.pem"):
        with pytest.raises(Problem) as refused:
            make_token(key_file, "casey", ["cashier"])
        assert refused.value.exit_code == ExitCode.NOT_ALLOWED


def test_an_unknown_role_is_refused_by_name(key_file):
    """The message lists the roles there are."""
    with pytest.raises(Problem, match="cashier, supervisor, assessor, operator, auditor, admin"):
        make_token(key_file, "casey", ["treasurer"])


def test_the_command_prints_the_token_alone(run, key_file, keys, monkeypatch):
    """So that TOKEN=$(millage token --role cashier) works."""
    monkeypatch.setenv("MILLAGE_TOKEN_PRIVATE_KEY_FILE", str(key_file))

    ran = run("token", "--role", "cashier", "--user", "casey")

    assert ran.exit_code == 0
    assert TokenVerifier(keys.public_pem).verify(ran.out.strip()).user == "casey"
