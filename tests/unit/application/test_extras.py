"""Parts that are installed by themselves: what brings each, and what is told where one is missing."""

import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from kanmon.application.extras import EXTRAS, is_installed
from kanmon.application.failures import failure_of

PROJECT = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OF_BASE = [Requirement(line) for line in PROJECT["dependencies"]]
OF_EXTRAS = {
    extra: [Requirement(line) for line in lines]
    for extra, lines in PROJECT["optional-dependencies"].items()
    if extra not in ("test", "all")
}


def distributions() -> dict[str, str]:
    """The distribution that brings each module, as it is written in a list of requirements."""
    return {module: names[0].lower().replace("_", "-") for module, names in packages_distributions().items()}


def test_each_module_of_an_extra_is_brought_by_it_and_not_by_the_base() -> None:
    brought = distributions()
    assert set(EXTRAS) == set(OF_EXTRAS)
    for extra, modules in EXTRAS.items():
        named = {requirement.name for requirement in OF_EXTRAS[extra]} | {"argon2-cffi"}
        assert {brought[module] for module in modules} <= named, extra
        assert {requirement.name for requirement in OF_EXTRAS[extra]} - {"kanmon"} <= {
            brought[name] for name in modules
        }
        assert not {requirement.name for requirement in OF_EXTRAS[extra]} & {found.name for found in OF_BASE}
    assert {requirement.name for requirement in OF_BASE} <= set(brought.values())


@pytest.mark.parametrize(
    "requirement", [*OF_BASE, *(one for found in OF_EXTRAS.values() for one in found if one.name != "kanmon")], ids=str
)
def test_each_dependency_has_the_bounds_within_which_it_was_tried(requirement: Requirement) -> None:
    signs = {specifier.operator for specifier in requirement.specifier}
    assert ">=" in signs
    assert "<" in signs


@pytest.mark.parametrize("extra", EXTRAS)
def test_a_missing_extra_is_told_with_the_command_that_brings_it(extra: str) -> None:
    for module in EXTRAS[extra]:
        told = failure_of(ModuleNotFoundError(f"No module named '{module}.part'", name=f"{module}.part"), None)
        assert (told.code, told.exit_status) == ("EXTRA_MISSING", 2)
        assert f"pip install 'kanmon[{extra}]'" in told.told(str)
    assert is_installed(extra)


def test_a_module_that_no_extra_brings_is_a_fault() -> None:
    assert failure_of(ModuleNotFoundError("No module named 'kanmon.lost'", name="kanmon.lost"), None).code == (
        "PROGRAM_FAULT"
    )
