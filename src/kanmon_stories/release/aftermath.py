"""What followed in 2019 within three weeks, and the same by command: stop, set, notices, recall, self-check."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path

from kanmon.application.application import Application
from kanmon.audits.gap.model import GapRule
from kanmon.core.ids import MemberId, SeasonId
from kanmon.core.language import N_
from kanmon.core.progress import Progress
from kanmon.gate.switch.model import SwitchScope as StopScope
from kanmon.gate.switch.use_cases import stop
from kanmon.incidents.model import FactKind, IncidentClass, IncidentScope
from kanmon.incidents.notices.use_cases import Notices
from kanmon.incidents.use_cases.incidents import AffectedSetQuery, Incidents
from kanmon.rights.answer.use_cases.people import new_check_code
from kanmon.rights.answer.use_cases.public import PublicService
from kanmon.rights.recall.use_cases import RecallService
from kanmon_stories.release.plan import MENDED_AT, REVISED_AT, SEASON_2020

BY = "プライバシー責任者"
IN_2019: Mapping[str, date] = {
    "stop": date(2019, 8, 4),
    "set": date(2019, 8, 5),
    "recall": date(2019, 8, 5),
    "notices": date(2019, 8, 9),
    "self_check": date(2019, 8, 21),
}
"""The day on which each was done or begun."""
FOUND_IN_2019 = date(2019, 8, 2)
STEPS: Mapping[str, str] = {
    "stop": N_("everything stopped"),
    "set": N_("affected set known"),
    "recall": N_("companies asked to erase"),
    "notices": N_("notices written"),
    "self_check": N_("self-check answers"),
}
"""What each step is called; ids of messages."""
_WORDS: Mapping[FactKind, str] = {
    FactKind.OUTLINE: "会員登録画面に改定前の文面が残り、同意のない方が予測スコアの対象となりました。",
    FactKind.ITEMS: "応募者ID、予測スコア、区分。",
    FactKind.CAUSE: "改定した文面が会員登録画面に反映されず、それに気づく者も仕組みもありませんでした。",
    FactKind.SECONDARY_DAMAGE: "選考の合否判定に使われたおそれは、提供先への確認を続けています。",
}


@dataclass(frozen=True)
class Aftermath:
    """What was done from the moment at which the faulty screen was found."""

    affected: int
    notices: int
    unreachable: int
    requests: int
    """To companies: none where nothing of those affected had gone."""
    checked: Sequence[bool]
    """What the self-check answered two people: one affected, one not."""
    seconds: Mapping[str, float]
    """How long each step took on this machine, by the names of `IN_2019`."""


def play_aftermath(workspace: Path, progress: Progress) -> Aftermath:
    """Record the defect when the screen was mended in 2019, and do by command all that followed then."""
    seconds: dict[str, float] = {}

    @contextmanager
    def timed(step: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        seconds[step] = round(time.perf_counter() - begun, 2)

    with Application.open(workspace, MENDED_AT, progress) as application, progress.step(N_("the aftermath")):
        incidents, notices = Incidents(application), Notices(application)
        with timed("stop"):
            scope = IncidentScope(REVISED_AT, MENDED_AT, SeasonId(SEASON_2020.season_id))
            incident = incidents.open(IncidentClass.UNCOVERED, "会員登録画面の旧文面", scope, BY).incident_id
            stop(application, StopScope(None, None), BY, "旧文面のまま", consents_doubted=False)
        with timed("set"):
            incidents.compute(incident, AffectedSetQuery(GapRule.RELEASE), BY)
        for item, words in _WORDS.items():
            incidents.learn(incident, item.value, words, BY)
        with timed("notices"):
            _, written = notices.write(incident, BY, None)
        with timed("recall"):
            asked = RecallService(application).ask_recipients_of_incident(incident, BY)
        affected = {one.member_id for one in incidents.affected(incident)}
        with timed("self_check"):
            checked = [_is_told(application, member) for member in (min(affected), _somebody_else(affected))]
    return Aftermath(len(affected), written.written, written.unreachable, len(asked), checked, seconds)


def _is_told(application: Application, member: MemberId) -> bool:
    """Whether the self-check, asked with a check code of a member, says that the incident affects them."""
    code = new_check_code(application, member)
    answer = PublicService(application).check(code, "aftermath")
    return answer is not None and bool(answer.incidents)


def _somebody_else(affected: set[MemberId]) -> MemberId:
    members = (MemberId(f"R{SEASON_2020.season_id}-{number:06}") for number in count())
    return next(member for member in members if member not in affected)
