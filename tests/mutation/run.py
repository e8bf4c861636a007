"""Changes the rules one place at a time and sees whether the tests notice; `python -m tests.mutation.run`.

Each mutant is judged in a process of its own, forked from one that has read pytest but nothing of the product. A mutant
that no test notices survives: its line is printed and the exit code is 1, unless `equivalent.toml` says why nobody
could notice it. What that file lists must exist and survive.
"""

import argparse
import importlib.abc
import importlib.machinery
import importlib.util
import multiprocessing
import os
import random
import resource
import signal
import sys
import time
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import FrameType, ModuleType

import pytest
import yaml  # noqa: F401  # read once here, not once for each mutant

from tests.mutation.mutants import Mutant, mutants, mutated

ROOT = Path(__file__).parents[2]
PRODUCT = ROOT / "src"
RULES = (
    *sorted((PRODUCT / "kanmon/gate/rules").glob("[!_]*.py")),
    PRODUCT / "kanmon/gate/judgement.py",
    PRODUCT / "kanmon/gate/switch/model.py",
    PRODUCT / "kanmon/consent/coverage.py",
    PRODUCT / "kanmon/consent/in_force.py",
    PRODUCT / "kanmon/consent/screens.py",
)
SUITE_OF_RULES = (
    "tests/unit/gate/test_rules.py",
    "tests/unit/gate/test_judgement.py",
    "tests/unit/gate/test_registry.py",
    "tests/unit/gate/test_stops.py",
    "tests/unit/gate/test_cases.py",
    "tests/unit/consent/test_in_force.py",
    "tests/unit/consent/test_screens.py",
    "tests/unit/consent/test_coverage.py",
)
"""Examples that a person can read, and the decision tables; random histories are left out, they kill by luck."""
SUITES: Mapping[tuple[str, ...], tuple[Path, ...]] = {
    SUITE_OF_RULES: RULES,
    ("tests/unit/test_canonical.py",): (PRODUCT / "kanmon/core/canonical.py",),
}
"""The modules that are changed, by the tests that must notice."""
EQUIVALENT = Path(__file__).with_name("equivalent.toml")
SECONDS = 60
"""Of the processor: a mutant that takes more is noticed, since it runs for ever. A busy machine changes nothing."""
MEMORY = 4 << 30
PROCESSES = 2


@dataclass(frozen=True)
class Suite:
    """What judges mutants: pytest's arguments, the folder it runs in, and the folder that modules are named from."""

    arguments: tuple[str, ...]
    folder: Path
    modules: Path

    def passes(self, mutant: Mutant | None) -> bool:
        """Whether every test passes, in this process, with that mutant in the place of its module."""
        if mutant is not None:
            sys.meta_path.insert(0, _Finder(mutant, self.modules))
        os.chdir(self.folder)
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        quick = ("-x", "-q", "--assert=plain", "--noconftest", "-p", "no:cacheprovider")
        return pytest.main([*quick, *self.arguments]) == 0


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the mutant where its module is asked for."""

    def __init__(self, mutant: Mutant, modules: Path) -> None:
        self._mutant = mutant
        self._name = ".".join(mutant.path.relative_to(modules).with_suffix("").parts)

    def find_spec(self, name: str, _path: object, _target: object = None) -> ModuleSpec | None:
        return importlib.util.spec_from_loader(name, self) if name == self._name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(mutated(self._mutant), str(self._mutant.path), "exec"), module.__dict__)


def judge(suite: Suite, mutant: Mutant | None) -> tuple[Mutant | None, bool]:
    """The mutant, and whether it survives; meant for a process of its own."""
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGPROF, _give_up)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        return mutant, suite.passes(mutant)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _give_up(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def survivors(suite: Suite, tried: Sequence[Mutant]) -> list[Mutant]:
    """The mutants that no test notices; `SystemExit` where a test fails without any."""
    if not tried:
        return []
    fresh = multiprocessing.get_context("fork")
    with fresh.Pool(PROCESSES, maxtasksperchild=1) as pool:
        if not pool.apply(judge, (suite, None))[1]:
            sys.exit("a test fails without any mutant")
        found = pool.imap_unordered(partial(judge, suite), tried, chunksize=1)
        return sorted((mutant for mutant, survives in found if mutant and survives), key=tried.index)


def report(root: Path, found: Iterable[Mutant], tried: Iterable[Mutant], reasons: Mapping[str, str]) -> list[str]:
    """A line for each survivor without a reason, and for each reason without a survivor among those tried."""
    named = {key(root, mutant): mutant for mutant in found}
    known = {key(root, mutant) for mutant in tried}
    lines = [f"SURVIVED {name} (line {mutant.line})" for name, mutant in named.items() if name not in reasons]
    return lines + [f"NOTICED AFTER ALL {name}" for name in reasons if name in known and name not in named]


def key(root: Path, mutant: Mutant) -> str:
    """What a mutant is called in the list of the equivalent ones."""
    return f"{mutant.path.relative_to(root).as_posix()} {mutant.name}"


def main() -> int:
    """Judge all mutants, or a sample of them; 1 where one survives without a reason."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sample", type=int, help="how many mutants, drawn by a fixed seed; all, if not given")
    asked.add_argument("--module", default="", help="only modules whose path ends so")
    arguments = asked.parse_args()
    sample = arguments.sample
    began = time.monotonic()
    suites = {
        path: suite for suite, paths in SUITES.items() for path in paths if path.as_posix().endswith(arguments.module)
    }
    every = [mutant for path in suites for mutant in mutants(path)]
    tried = every if sample is None else random.Random(sample).sample(every, sample)
    found = [
        mutant
        for suite in SUITES
        for mutant in survivors(Suite(suite, ROOT, PRODUCT), [each for each in tried if suites[each.path] == suite])
    ]
    reasons = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))
    lines = report(PRODUCT, found, tried, reasons)
    existing = {key(PRODUCT, mutant) for mutant in every}
    if not arguments.module:
        lines += [f"NO SUCH MUTANT {name}" for name in reasons if name not in existing]
    counted = f"{len(tried)} mutants, {len(tried) - len(found)} killed, {len(found)} survive"
    print(*lines, f"{counted}, {time.monotonic() - began:.0f} s", sep="\n")  # noqa: T201
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
