"""Why a paper is not taken; all reasons are told, not only the first."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum

from kanmon.access.account import REVIEWERS, Account, same_person
from kanmon.clients.papers.model import CheckFinding, ClientPaper, PaperDraft, PaperKind
from kanmon.clients.papers.questions import questions_of
from kanmon.core.clock import day_of
from kanmon.core.lacks import StepLack, StepRefused
from kanmon.core.language import N_


class PaperLackKind(StrEnum):
    """Why a paper is not taken."""

    NOT_STAFF = "NOT_STAFF"
    PERSON_MISSING = "PERSON_MISSING"
    SAME_PERSON = "SAME_PERSON"
    IN_FUTURE = "IN_FUTURE"
    OUT_OF_ORDER = "OUT_OF_ORDER"
    DOUBLED = "DOUBLED"
    FILE_MISSING = "FILE_MISSING"
    ANSWER_EMPTY = "ANSWER_EMPTY"
    NO_SUCH_QUESTION = "NO_SUCH_QUESTION"
    FINDING_MISSING = "FINDING_MISSING"
    CONDITIONS_MISSING = "CONDITIONS_MISSING"
    NOTHING_USED = "NOTHING_USED"


LACKING_TEXTS: Mapping[PaperLackKind, str] = {
    PaperLackKind.NOT_STAFF: N_("%(person)s is not of the platform's staff: a client does not check itself"),
    PaperLackKind.PERSON_MISSING: N_("it isn't said who signed, published or answered at the client"),
    PaperLackKind.SAME_PERSON: N_("%(person)s asked and answered: these are two persons"),
    PaperLackKind.IN_FUTURE: N_("%(day)s is still to come"),
    PaperLackKind.OUT_OF_ORDER: N_("a check of %(day)s is on record: one of an earlier day changes nothing of it"),
    PaperLackKind.DOUBLED: N_("the same paper is on record already, of %(day)s"),
    PaperLackKind.FILE_MISSING: N_("the paper itself is missing: give its file"),
    PaperLackKind.ANSWER_EMPTY: N_("a question is not answered: %(question)s"),
    PaperLackKind.NO_SUCH_QUESTION: N_("there is no question %(name)s; there are: %(known)s"),
    PaperLackKind.FINDING_MISSING: N_("it isn't said what the check found"),
    PaperLackKind.CONDITIONS_MISSING: N_("the finding names conditions: say which, and with no other finding"),
    PaperLackKind.NOTHING_USED: N_("nothing was handed over to the client yet, so there is no use to check"),
}
"""What each means, in words; ids of messages."""


class PaperLack(StepLack[PaperLackKind]):
    """One reason why a paper is not taken."""

    texts = LACKING_TEXTS


class PaperRefused(StepRefused):
    """A paper is not taken, with all that is lacking; nothing was recorded."""

    code = "PAPER_REFUSED"
    because = N_("this paper is not taken:")


def lacks_of(
    draft: PaperDraft, by: Account, papers: Sequence[ClientPaper], today: date, *, has_received: bool
) -> tuple[PaperLack, ...]:
    """All that keeps a paper from being taken; `papers` are the client's; `has_received`: it got a report."""
    dated_on = draft.dated_on or today
    same = [paper for paper in papers if _is_same(paper, draft, dated_on)]
    lacks = [
        *_lacks_of_people(draft, by),
        *([PaperLack(PaperLackKind.IN_FUTURE, {"day": dated_on.isoformat()})] if dated_on > today else []),
        *(PaperLack(PaperLackKind.DOUBLED, {"day": day_of(paper.dated_at).isoformat()}) for paper in same[:1]),
    ]
    if not draft.kind.is_check:
        return (*lacks, *(() if draft.files else (PaperLack(PaperLackKind.FILE_MISSING),)))
    days = [day_of(paper.dated_at) for paper in papers if paper.check is not None]
    if days and dated_on < max(days):
        lacks.append(PaperLack(PaperLackKind.OUT_OF_ORDER, {"day": max(days).isoformat()}))
    if draft.kind is PaperKind.CHECK_AFTER_USE and not has_received:
        lacks.append(PaperLack(PaperLackKind.NOTHING_USED))
    return (*lacks, *_lacks_of_check(draft))


def _lacks_of_people(draft: PaperDraft, by: Account) -> Iterator[PaperLack]:
    if by.role not in REVIEWERS:
        yield PaperLack(PaperLackKind.NOT_STAFF, {"person": by.person})
    if not draft.client_person.strip():
        yield PaperLack(PaperLackKind.PERSON_MISSING)
    elif same_person(draft.client_person, by.person):
        yield PaperLack(PaperLackKind.SAME_PERSON, {"person": by.person})


def _lacks_of_check(draft: PaperDraft) -> Iterator[PaperLack]:
    questions, answers = questions_of(draft.kind), draft.answers or {}
    for name in sorted(answers.keys() - questions.keys()):
        yield PaperLack(PaperLackKind.NO_SUCH_QUESTION, {"name": name, "known": ", ".join(questions)})
    for name, words in questions.items():
        if not answers.get(name, "").strip():
            yield PaperLack(PaperLackKind.ANSWER_EMPTY, {"question": words}, frozenset({"question"}))
    if draft.finding is None:
        yield PaperLack(PaperLackKind.FINDING_MISSING)
    elif (draft.finding is CheckFinding.WITH_CONDITIONS) != bool(draft.conditions.strip()):
        yield PaperLack(PaperLackKind.CONDITIONS_MISSING)


def _is_same(paper: ClientPaper, draft: PaperDraft, dated_on: date) -> bool:
    """Whether a paper says what is already on record: the same file, or the same check of the same day."""
    if paper.kind is not draft.kind:
        return False
    if paper.check is None:
        return not {file.sha256 for file in draft.files}.isdisjoint(file.sha256 for file in paper.files)
    stripped = {name: words.strip() for name, words in (draft.answers or {}).items()}
    said, check = (stripped, draft.finding, draft.conditions.strip()), paper.check
    known = (dict(check.answers), check.finding, check.conditions)
    is_same_day = day_of(paper.dated_at) == dated_on
    return is_same_day and said == known and same_person(draft.client_person, paper.client_person)
