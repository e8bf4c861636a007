"""Kanmon from Python: a workspace, opened, with what notebooks and programs ask of it (`docs/api.md`).

Each call opens the workspace, does what the command of its name does by the same services, and lets it go again.
Nothing here computes or hands out a score without the gate: `run` asks it, `scores` are those that were provided and
may still be read, `explain` is what the person is told.
"""

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from kanmon.application.application import Application
from kanmon.audits.gap.cli.gap import gap_facts
from kanmon.audits.gap.model import GapRule
from kanmon.audits.gap.use_cases import audited_gap
from kanmon.cli.opening import moment
from kanmon.cli.printing import run_facts
from kanmon.core.canonical import canonical_id
from kanmon.core.ids import ClientId, MemberId, SeasonId
from kanmon.core.progress import ProgressStep
from kanmon.core.settings import read_settings, settings_taken
from kanmon.core.workspace import Workspace
from kanmon.gate.decision import REASON_ORDER, Use
from kanmon.gate.told import ReportedAnswer, told
from kanmon.intake.cli.printing import load_facts
from kanmon.intake.use_cases.loading import load_folder
from kanmon.pipeline.use_cases.gating import gate_run
from kanmon.pipeline.use_cases.season import begun_run
from kanmon.provision.use_cases.reports import newest_readable
from kanmon.rights.answer.told import facts_of
from kanmon.rights.answer.use_cases.people import subject_view

_PANDAS = "pandas"
"""Loaded by whoever asks for a data frame."""


@dataclass(frozen=True)
class AnswerRows(Sequence[Mapping[str, Any]]):
    """Rows of an answer, each a mapping; `to_pandas` gives them as a data frame."""

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]

    def __getitem__(self, place: Any) -> Any:
        return self.rows[place]

    def __len__(self) -> int:
        return len(self.rows)

    def to_pandas(self) -> Any:
        """The rows as a `pandas.DataFrame`, with its columns even where there is no row."""
        return import_module(_PANDAS).DataFrame(list(self.rows), columns=list(self.columns))


@dataclass(frozen=True)
class GateRows(AnswerRows):
    """The gate's answers, a row for each applicant; `counts` says how many each code denies."""

    counts: Mapping[str, int]


class _Silence:
    """No progress is told, and no step of it."""

    @contextmanager
    def step(self, name: str, total: int | None = None) -> Iterator[ProgressStep]:  # noqa: ARG002
        yield self

    def advance(self, by: int = 1) -> None:
        """Nothing is told."""


@dataclass(frozen=True)
class OpenedWorkspace:
    """One workspace, as `kanmon.open` gives it; `at` is the moment to act at, in a replay workspace alone."""

    root: Path
    at: datetime | None = None

    def load(self, folder: str | os.PathLike[str]) -> Mapping[str, Any]:
        """Take a dataset folder in; what became of each file, as `kanmon load --json` says."""
        with self._open() as application:
            return load_facts(load_folder(application, os.fspath(folder)))

    def gate(self, clients: Sequence[str] = (), season: str | None = None, use: str = Use.PROVIDE.value) -> GateRows:
        """Ask the gate about every applicant; nothing is computed, scored or provided."""
        with self._open() as application:
            run = gate_run(application)
            asked = run.begin("gate", _clients(clients), _season(season))
            run.gate(asked, Use(use))
            run.finish()
        decisions = [client.gate for client in asked if client.gate is not None]
        counted = [found.counts() for found in decisions]
        counts = {code.value: sum(each.get(code, 0) for each in counted) for code in REASON_ORDER}
        rows = tuple(dict(told(decision)) for found in decisions for decision in found.decisions)
        return GateRows(_GATE, rows, {code: count for code, count in counts.items() if count})

    def run(self, clients: Sequence[str] = (), season: str | None = None) -> Mapping[str, Any]:
        """The main job: link, train, ask the gate, score, ask again, provide; as `kanmon run --json` says."""
        with self._open() as application:
            with begun_run(application, "run", _clients(clients), _season(season)) as (run, ran):
                run.all_steps(ran)
                run.tell_passwords(ran)
            return run_facts(run.run_id, ran)

    def scores(self, client: str) -> AnswerRows:
        """The newest report that a client received, as the client may read it now, a row for each applicant.

        A score is a position from 0 to 1; None where there is none, whatever the reason. `ProvidingStopped`,
        `FileNotPromised` where the words promise that scores go in an encrypted file.
        """
        with self._open() as application:
            report = newest_readable(application, ClientId(canonical_id(client)))
        rows = () if report is None else report.rows
        return AnswerRows(_SCORES, tuple({"client_id": client, **row.facts} for row in rows))

    def explain(self, member: str) -> Mapping[str, Any]:
        """What a member is told: scores with their reasons, consents, recipients; as `kanmon subject show --json`."""
        with self._open(alone=False) as application:
            return facts_of(subject_view(application, MemberId(canonical_id(member))))

    def audit_gap(
        self, since: str | datetime, until: str | datetime | None = None, rule: str = GapRule.RELEASE.value,
        season: str | None = None,
    ) -> Mapping[str, Any]:  # fmt: skip
        """People whose data went, or would go, to a client without valid consent; signed into the ledger."""
        begins, ends = _moment("since", since), None if until is None else _moment("until", until)
        with self._open() as application:
            return gap_facts(audited_gap(application, _season(season), begins, ends, GapRule(rule)))

    @contextmanager
    def _open(self, *, alone: bool = True) -> Iterator[Application]:
        with (
            settings_taken(self.root, os.environ),
            Application.open(self.root, self.at, _Silence(), alone=alone) as application,
        ):
            for fault in application.faults():
                warnings.warn(f"{fault} [{fault.code}]", stacklevel=4)
            yield application


_GATE = tuple(ReportedAnswer.__annotations__)
_SCORES = ("client_id", "applicant_id", "score", "category")


def open_workspace(root: str | os.PathLike[str], at: str | datetime | None = None) -> OpenedWorkspace:
    """The workspace in a folder; `WorkspaceMissing` where there is none."""
    acts_at = None if at is None else _moment("at", at)
    workspace = Workspace.find(Path(root))
    read_settings(workspace.root)  # told here rather than with the first call
    return OpenedWorkspace(workspace.root, acts_at)


def _clients(written: Sequence[str]) -> list[ClientId]:
    return [ClientId(canonical_id(client)) for client in written]


def _season(written: str | None) -> SeasonId | None:
    return None if written is None else SeasonId(canonical_id(written))


def _moment(name: str, given: str | datetime) -> datetime:
    return moment(name, given.isoformat() if isinstance(given, datetime) else given)
