"""The guards of tests/conftest.py do guard."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.sources import ROOT

SKIPPED = "import pytest\n\ndef test_a():\n    pytest.skip('no browser')\n\ndef test_b():\n    pass\n"
LEAVING = (
    "import socket\n\n"
    "def test_a():\n"
    "    with socket.socket() as outside:\n"
    "        try:\n"
    "            outside.connect(('192.0.2.1', 80))\n"
    "        except OSError:\n"
    "            pass\n"
)


def run(folder: Path, source: str, *options: str, **environ: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text(source)
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ORATIO_", "PYTEST_", "COV_"))
    }
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider"),
            *("-p", "pytest_asyncio.plugin", "-p", "xdist.plugin"),
            *("-c", str(ROOT / "pyproject.toml"), *options, str(folder / "test_it.py")),
        ],
        cwd=ROOT,
        env=kept | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("options", [(), ("-n", "1")])
def test_a_skipped_test_fails_continuous_integration(tmp_path: Path, options: tuple[str, ...]) -> None:
    done = run(tmp_path, SKIPPED, *options, ORATIO_NO_SKIPS="1")
    assert done.returncode == 1, done.stdout
    assert "1 skipped, which ORATIO_NO_SKIPS forbids" in done.stdout


def test_elsewhere_it_is_only_reported(tmp_path: Path) -> None:
    assert run(tmp_path, SKIPPED).returncode == 0


def test_a_test_that_leaves_the_machine_fails_though_it_swallows_the_error(tmp_path: Path) -> None:
    done = run(tmp_path, LEAVING)
    assert done.returncode == 1
    assert "the test left this machine: " in done.stdout


def test_names_are_not_looked_up_outside(left_machine: list[str]) -> None:
    with pytest.raises(OSError, match="stay on this machine"):
        socket.getaddrinfo("example.com", 443)
    assert left_machine == ["look up 'example.com'"]
    left_machine.clear()
    assert socket.getaddrinfo("localhost", 80)
