"""Kanmon as it is installed: a wheel, in an environment that has the base's dependencies and no extra."""

import csv
import os
import shutil
import subprocess
import sys
import sysconfig
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from kanmon.application.extras import EXTRAS

ROOT = Path(__file__).parents[2]
SOURCES = ("src", "pyproject.toml", "README.md", "LICENSE", "NOTICE")


def run(*command: object, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, env=env, check=False)


def built_wheel(folder: Path) -> Path:
    """The wheel of these sources, made without the network by the setuptools that is here."""
    sources = folder / "sources"
    sources.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, sources / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            shutil.copy(ROOT / name, sources / name)
    made = run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", folder, sources)
    assert made.returncode == 0, made.stderr
    [wheel] = folder.glob("*.whl")
    return wheel


def installed_in(folder: Path) -> Path:
    """The programs of a fresh environment with the wheel in it; what it depends on is linked from this one."""
    assert run(sys.executable, "-m", "venv", "--without-pip", folder / "venv").returncode == 0
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = folder / "venv" / "lib" / version / "site-packages"
    absent = {name for modules in EXTRAS.values() for name in modules} | {"matplotlib"}
    brought = packages_distributions()
    distributions = {name.lower().replace("-", "_") for module in absent for name in brought[module]}
    for entry in Path(sysconfig.get_paths()["purelib"]).iterdir():
        is_absent = entry.name in absent or entry.name.partition("-")[0].lower() in distributions
        is_own = entry.name.startswith(("kanmon-", "__editable__"))  # pip would write through its link
        if not is_absent and not is_own and entry.suffix != ".pth":
            (site / entry.name).symlink_to(entry)
    put = run(sys.executable, "-m", "pip", "--python", folder / "venv", "install", "--no-deps", built_wheel(folder))
    assert put.returncode == 0, put.stderr
    return folder / "venv" / "bin"


def test_a_wheel_runs_the_demo_without_any_extra_and_names_the_extra_that_a_command_lacks(tmp_path: Path) -> None:
    programs = installed_in(tmp_path)
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    work = tmp_path / "work"
    try:
        demo = run(programs / "kanmon", "demo", "--scale", "0.2", "--workspace", work, env=env)
        assert demo.returncode == 0, demo.stderr
        assert "pip install 'kanmon[pdf]'" in demo.stderr
        [folder] = (work / "reports" / "HOSHINO").iterdir()
        assert sorted(path.name for path in folder.iterdir()) == ["report.csv", "report.xlsx"]
        with (folder / "report.csv").open(encoding="utf-8-sig", newline="") as file:
            assert next(csv.reader(file))[0] == "applicant_id"
        for command, extra in ((["serve"], "portals"), (["audit", "coverage"], "crawl")):
            refused = run(programs / "kanmon", *command, "--workspace", work, env=env)
            assert refused.returncode == 2, refused.stderr
            assert f"pip install 'kanmon[{extra}]'" in refused.stderr
            assert "[EXTRA_MISSING]" in refused.stderr
    finally:
        run(programs / "kanmon", "stop-database", "--workspace", work, env=env)


@pytest.mark.parametrize("command", ["--version", "--help"])
def test_python_m_kanmon_answers(command: str) -> None:
    assert run(sys.executable, "-m", "kanmon", command).returncode == 0
