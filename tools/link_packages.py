"""Makes the repository's own packages importable in .venv, and their commands callable.

One .pth file instead of one editable installation a package: nothing is built or downloaded, a
package added later needs no reinstallation of the others, and it takes a tenth of a second.
"""

import stat
import sys
import sysconfig
import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
COMMAND = """#!{python}
import sys

from {module} import {function}

sys.exit({function}())
"""


def source_folders() -> list[Path]:
    """Every folder to import from: libs/*/src, and services/* with a package inside."""
    libs = sorted(REPOSITORY.glob("libs/*/src"))
    services = sorted(folder.parent for folder in REPOSITORY.glob("services/*/*_service"))
    return [*libs, *services]


def commands() -> dict[str, str]:
    """Names of the commands that the packages declare, and what each calls."""
    found: dict[str, str] = {}
    for project in sorted(REPOSITORY.glob("*/*/pyproject.toml")):
        declared = tomllib.loads(project.read_text(encoding="utf-8")).get("project", {})
        found |= declared.get("scripts", {})
    return found


def write_if_changed(path: Path, content: str) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != content:
        path.write_text(content, encoding="utf-8")


def main() -> None:
    """Write the .pth file and the commands of the environment this runs in."""
    assert sys.prefix != sys.base_prefix, "run this with .venv/bin/python"
    lines = "".join(f"{folder}\n" for folder in source_folders())
    write_if_changed(Path(sysconfig.get_path("purelib"), "millage.pth"), lines)
    for name, target in commands().items():
        module, _, function = target.partition(":")
        script = Path(sysconfig.get_path("scripts"), name)
        text = COMMAND.format(python=sys.executable, module=module, function=function)
        write_if_changed(script, text)
        script.chmod(script.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


if __name__ == "__main__":
    main()
