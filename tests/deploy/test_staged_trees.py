"""What is put into a service's image is enough to be that service, on any pack."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

SERVICES = (
    "cashiering",
    "receivables",
    "levy",
    "collections",
    "taxsale",
    "distribution",
    "notifications",
)
# Everything a process of any role reads at its start; says what came from anywhere else.
PROGRAM = """
import importlib, sys
name, tree, repository = sys.argv[1:]
for role in ("api", "worker"):
    importlib.import_module(f"{name}_service.{role}")
from taxkit import config, migrate
spec = importlib.import_module(f"{name}_service.bootstrap").SPEC
for pack in ("us-il-cook", "us-tx"):
    given = {"MILLAGE_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "MILLAGE_JURISDICTIONS_DIR": f"{tree}/jurisdictions", "MILLAGE_JURISDICTION": pack}
    spec.app(config.load(spec.settings, given), role="api")
from alembic.script import ScriptDirectory
package = importlib.import_module(f"{name}_service").__file__
assert ScriptDirectory.from_config(migrate.migrations_of(name, package)).get_current_head()
found = [getattr(one, "__file__", "") or "" for one in sys.modules.values()]
mine = [one for one in found if one.startswith(repository) and "/.venv/" not in one]
assert not mine, mine
"""


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_holds_all_that_its_service_reads(root: Path, tmp_path: Path, service: str):
    """The context is made by the very lines that make it for the engine, and nothing beside it."""
    script = (root / "tools/images/service.sh").read_text(encoding="utf-8")
    stage = re.search(r"^stage\(\) \{.*?^\}", script, re.MULTILINE | re.DOTALL)
    assert stage is not None
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    subprocess.run(
        ["bash", "-euc", f"{stage.group()}\nstage {service}"],
        env={**os.environ, "context": str(tmp_path), "wheelhouse": str(wheels)},
        cwd=root,
        check=True,
    )
    tree = tmp_path / service
    python_path = re.search(
        r"PYTHONPATH=(\S+)", (root / "services" / service / "Dockerfile").read_text("utf-8")
    )
    assert python_path is not None

    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, service, str(tree), f"{root}/"],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": python_path.group(1).replace("/srv/millage", str(tree)),
        },
        cwd=tree,
        check=False,
        capture_output=True,
        text=True,
    )

    assert run.returncode == 0, run.stderr[-2000:]
