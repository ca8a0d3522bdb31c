"""Rendered once: building an overlay takes longer than looking at it."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# tools/ is not an installed package; its modules are run with -m from the root.
sys.path.insert(0, str(ROOT))

from tools.check_manifests import OVERLAYS, render  # noqa: E402


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def production():
    return render(OVERLAYS / "production")


@pytest.fixture(scope="session")
def dev():
    return render(OVERLAYS / "dev")
