"""The import contracts of pyproject.toml hold, with no exemption."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

from tests.project.sources import ROOT


def test_contracts_are_kept(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_contracts_have_no_exemption() -> None:
    tables = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert {contract["id"] for contract in tables["contracts"]} >= {
        "layers",
        "sandbox-alone",
        "sandbox-unknown",
    }
    assert not [contract for contract in tables["contracts"] if "ignore_imports" in contract]
