"""Revisions as the command line tells them: for people, and as JSON."""

import os
import sys
from collections.abc import Sequence

from kanmon.cli.output import say
from kanmon.core.clock import TOKYO
from kanmon.core.language import preferred_language, translations
from kanmon.reviews.policies.cli.diff_printing import diff_facts
from kanmon.reviews.revisions.model import Revision
from kanmon.reviews.revisions.roll_out import RollOut
from kanmon.reviews.revisions.shapes import RevisionResult, RevisionViewResult, RollOutResult
from kanmon.reviews.revisions.view import RevisionView
from kanmon.reviews.revisions.words import ACTS, STATES


def revision_facts(revision: Revision) -> RevisionResult:
    """One revision with its steps, for JSON."""
    return {
        "revision": revision.revision_no,
        "policy_id": revision.policy_id,
        "version_id": revision.version_id,
        "state": revision.state,
        "screens": revision.screens,
        "removed_screens": dict(revision.removed),
        "steps": [
            {
                "act": step.act,
                "state": step.state,
                "person": step.by.person,
                "role": step.by.role,
                "at": step.at.isoformat(),
                "ledger_seq": step.ledger_seq,
                "details": dict(step.details),
            }
            for step in revision.steps
        ],
    }


def view_facts(view: RevisionView) -> RevisionViewResult:
    """Everything about one revision, for JSON."""
    return {
        **revision_facts(view.revision),
        "effective_from": view.draft.effective_from.isoformat(),
        "texts": {version.language: version.text_sha256 for version in view.draft.versions},
        "unquoted": [{"clause": one.clause, "element": one.element, "quote": one.quote} for one in view.draft.unquoted],
        "law": view.law.profile_id,
        "obstacles": sorted({found.rule for one in view.examinations for found in one.obstacles(view.law.profile_id)}),
        "differences": diff_facts(view.diffs),
        "roll_out": None if view.roll_out is None else _roll_out_facts(view.roll_out),
    }


def print_revisions(found: Sequence[Revision]) -> None:
    """A line for each."""
    for revision in found:
        print_revision(revision)
    if not found:
        say(_("no revision was begun yet"))


def print_revision(revision: Revision) -> None:
    """Where a revision has come to, and who brought it there."""
    last = revision.steps[-1]
    said = _("revision %(number)s of %(policy)s %(version)s: %(state)s; %(act)s by %(person)s, %(at)s")
    values = {
        "number": revision.revision_no,
        "policy": revision.policy_id,
        "version": revision.version_id,
        "state": _(STATES[last.state]),
        "act": _(ACTS[last.act]),
        "person": last.by.person,
        "at": last.at.astimezone(TOKYO).isoformat(" ", "seconds"),
    }
    sys.stdout.write(said % values + "\n")


def _roll_out_facts(found: RollOut) -> RollOutResult:
    return {
        "screens": [
            {
                "screen_id": one.screen_id,
                "language": one.language,
                "expected": one.expected,
                "found": one.found,
                "is_verified": found.is_verified(one),
            }
            for one in found.screens
        ],
        "lacks": [lack.code for lack in found.lacks()],
    }


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
