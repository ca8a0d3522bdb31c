"""Translates `pip config list` into shell lines for uv, which does not read pip's files.

A variable of uv's own that is already set wins.
"""

import ast
import os
import shlex
import sys
from collections.abc import Iterable

UV_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
    "trusted-host": "UV_INSECURE_HOST",
}
# Later sections win, as they do in pip.
SECTIONS = ("global", "install", ":env:")


def settings(lines: Iterable[str]) -> dict[str, str]:
    """The variables to set, from lines such as `global.index-url='…'`."""
    found: dict[str, dict[str, str]] = {section: {} for section in SECTIONS}
    for line in lines:
        key, _, value = line.strip().partition("=")
        section, _, name = key.rpartition(".")
        if section in found and name in UV_NAMES:
            words = str(ast.literal_eval(value)).split()
            found[section][UV_NAMES[name]] = " ".join(words)
    merged = {name: value for section in SECTIONS for name, value in found[section].items()}
    if "UV_FIND_LINKS" in merged:
        merged["UV_FIND_LINKS"] = merged["UV_FIND_LINKS"].replace(" ", ",")
    if "UV_INDEX" in merged:
        # pip looks everywhere for the best version; hashes are locked, so this is as safe.
        merged["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return merged


if __name__ == "__main__":
    for variable, text in settings(sys.stdin).items():
        if variable not in os.environ:
            print(f"export {variable}={shlex.quote(text)}")
