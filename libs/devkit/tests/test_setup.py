"""The installer uses the package index that the user configured for pip, and is quick when done."""

import importlib.util
import subprocess

from devkit.paths import REPOSITORY

spec = importlib.util.spec_from_file_location(
    "index_settings", REPOSITORY / "tools" / "index_settings.py"
)
index_settings = importlib.util.module_from_spec(spec)
spec.loader.exec_module(index_settings)


def test_settings_of_pip_become_settings_of_uv():
    """The environment wins over files, as it does in pip; several addresses stay several."""
    settings = index_settings.settings(
        [
            "global.index-url='https://old.example/simple'",
            ":env:.index-url='https://index.example/simple'",
            "global.extra-index-url='\\nhttps://one.example\\nhttps://two.example'",
            "global.find-links='/wheels /more'",
            "install.cert='/ca.pem'",
            "global.timeout='60'",
        ]
    )

    assert settings == {
        "UV_DEFAULT_INDEX": "https://index.example/simple",
        "UV_INDEX": "https://one.example https://two.example",
        "UV_FIND_LINKS": "/wheels,/more",
        "SSL_CERT_FILE": "/ca.pem",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }


def test_an_old_python_is_refused_with_what_to_do(tmp_path):
    """The message names the version that is needed and how to point at another interpreter."""
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2" || exit 1\n')
    old.chmod(0o755)
    (tmp_path / "tools").mkdir()
    (tmp_path / "requirements").mkdir()
    script = tmp_path / "tools" / "bootstrap.sh"
    script.write_text((REPOSITORY / "tools" / "bootstrap.sh").read_text())
    for name in ("dev.txt", "installer.txt"):
        (tmp_path / "requirements" / name).touch()
    done = subprocess.run(
        ["bash", str(script)],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "PYTHON": str(old)},
    )

    assert done.returncode == 1
    assert "Python 3.11 or later is needed" in done.stderr
    assert "Python 3.9.2" in done.stderr
    assert "PYTHON=/path/to/python3.11 make setup" in done.stderr


def test_a_complete_environment_is_recognised_at_once():
    """Nothing is downloaded or installed a second time: every target begins with this."""
    command, options = ["bash", "tools/bootstrap.sh"], {"capture_output": True, "text": True}
    subprocess.run(command, check=True, cwd=REPOSITORY, **options)
    done = subprocess.run(command, check=True, cwd=REPOSITORY, **options)

    assert (done.stdout, done.stderr) == ("", "")
