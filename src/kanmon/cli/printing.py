"""What commands say: sentences and tables for people, one JSON object for programs."""

import os
import sys
from collections import Counter
from collections.abc import Sequence

from kanmon.application.extras import is_installed
from kanmon.cli.output import print_json, say
from kanmon.cli.shapes import (
    BrowserCounts,
    CategoryResult,
    ClientRunResult,
    NeedResult,
    RunResult,
    TrainingResult,
    UndividedResult,
    UntrainedResult,
)
from kanmon.cli.tables import figure
from kanmon.clients.categories import CategoryCount
from kanmon.clients.contract import ScoreTarget
from kanmon.clients.wording import LOPSIDED, TARGETS
from kanmon.core.ids import RunId
from kanmon.core.language import preferred_language, translations
from kanmon.gate.decision import REASON_ORDER
from kanmon.gate.wording import MEANINGS
from kanmon.linkage.browsers import BrowserSummary
from kanmon.modelling.division import Undivided
from kanmon.modelling.need import MIN_OF_EACH, UntrainedOrder
from kanmon.modelling.training import TrainingOutcome
from kanmon.modelling.wording import need_in_words, undivided_in_words, untrained_in_words
from kanmon.pipeline.gate_run import ClientRun
from kanmon.provision.service import ProvisionOutcome
from kanmon.scoring.score import NOT_SCORABLE_MEANINGS, NotScorable


def _(message: str) -> str:
    """The message in the reader's language."""
    return translations(preferred_language(os.environ)).gettext(message)


def print_runs(run_id: RunId, clients: Sequence[ClientRun], as_json: bool) -> None:
    """What a run did for each client, and on standard error what its reports lack."""
    if any(client.report_folder for client in clients) and not is_installed("pdf"):
        sys.stderr.write(_("reports are without report.pdf; to have it: pip install 'kanmon[pdf]'") + "\n")
    if as_json:
        print_json(run_facts(run_id, clients))
        return
    say(_("run %(run)s"), run=run_id)
    for client in clients:
        _print_client(client)


def run_facts(run_id: RunId, clients: Sequence[ClientRun]) -> RunResult:
    """What a run did for each client, as plain values."""
    return {"run_id": run_id, "clients": [_client_facts(client) for client in clients]}


def _client_facts(run: ClientRun) -> ClientRunResult:
    facts: ClientRunResult = {"client_id": run.client.client_id}
    if run.linked:
        facts |= {
            "linked": run.linked.linked,
            "unlinked": run.linked.unlinked,
            "review": run.linked.review,
            "dissolved": run.linked.dissolved,
            "link_report": run.linked.link_report,
        }
    if run.browsers:
        facts["browsers"] = _browser_facts(run.browsers)
    if run.trained:
        facts["model"] = _training_facts(run.trained)
    if run.gate:
        facts["refused"] = {
            code.value: count for code, count in sorted(run.gate.counts().items(), key=lambda one: REASON_ORDER[one[0]])
        }
    if run.scored is not None:
        facts["scored"] = run.scored.get("scored", 0)
        facts["scores_stand"] = run.scores_stand
        facts["not_scorable"] = {why: count for why, count in run.scored.items() if why != "scored"}
    if run.provided:
        facts["provision"] = run.provided.outcome.value
        facts["provided"] = run.provided.provided
        facts["report"] = run.report_folder
        facts["categories"] = [_category_facts(held) for held in run.provided.categories]
        facts["denied_by"] = [reason.code.value for reason in run.provided.decisions.terms_reasons]
        facts["passwords"] = {str(encrypted): password for encrypted, password in run.passwords.items()}
    elif run.denied_by:
        facts["denied_by"] = _codes(run)
    return facts


def _browser_facts(tied: BrowserSummary) -> BrowserCounts:
    return {
        "cookies": tied.cookies,
        "shared": tied.shared,
        "events": tied.events,
        "before_login": tied.before_login,
        "left_out": tied.left_out,
    }


def _training_facts(trained: TrainingOutcome) -> TrainingResult:
    undivided, need, untrained = trained.undivided, trained.need, trained.untrained
    return {
        "model_id": trained.model.model_id if trained.model else None,
        "is_new": trained.is_new,
        "stands": trained.stands,
        "is_accepted": trained.is_accepted,
        "rows": trained.rows,
        "positives": trained.positives,
        "left_out": dict(trained.left_out),
        "target": trained.target.value,
        "parts": [part.value for part in trained.parts],
        "undivided": None if undivided is None else _undivided_facts(undivided),
        "validation_auc": trained.auc,
        "needs_of_each": MIN_OF_EACH,
        "need": None if need is None else NeedResult(people=need.people, years=need.years),
        "untrained": None if untrained is None else _untrained_facts(untrained),
    }


def _undivided_facts(undivided: Undivided) -> UndividedResult:
    return {
        "act": undivided.act.value,
        "why": undivided.why.value,
        "people": undivided.people,
        "positives": undivided.positives,
    }


def _untrained_facts(order: UntrainedOrder) -> UntrainedResult:
    return {"auc_active_days": order.auc_active_days, "auc_recency": order.auc_recency}


def _category_facts(held: CategoryCount) -> CategoryResult:
    warning = held.lopsided
    return {"symbol": held.symbol, "people": held.people, "warning": None if warning is None else warning.value}


def _codes(run: ClientRun) -> list[str]:
    """What denied the client as a whole, in the order of reasons."""
    return [code.value for code in sorted(run.denied_by, key=REASON_ORDER.__getitem__)]


def _print_heading(run: ClientRun) -> None:
    sys.stdout.write(f"\n{run.client.client_id}  {run.client.legal_name}\n")
    if run.denied_by and run.provided is None:
        say(_("  refused by %(codes)s"), codes=", ".join(_codes(run)))


def _print_client(run: ClientRun) -> None:
    _print_heading(run)
    if run.linked:
        say(
            _("  applicants: %(linked)s tied to a member, %(unlinked)s to nobody"),
            linked=run.linked.linked,
            unlinked=run.linked.unlinked,
        )
        if run.linked.review:
            say(
                _("  %(count)s of them wait for a person's look: kanmon link review --client %(client)s"),
                count=run.linked.review,
                client=run.client.client_id,
            )
        if run.linked.dissolved:
            say(
                _("  %(count)s ties no longer held and were dissolved; kanmon link review shows the candidates"),
                count=run.linked.dissolved,
            )
        if run.linked.link_report:
            say(_("  how good the links are: %(folder)s"), folder=run.linked.link_report)
    if run.browsers and run.browsers.cookies:
        _print_browsers(run.browsers)
    if run.trained:
        _print_training(run.trained)
    if run.scored is not None:
        _print_scored(run.scored, run.scores_stand)
    if run.gate:
        for code, count in run.gate.counts().items():
            sys.stdout.write(f"    {code.value:36} {count:>8}  {_(MEANINGS[code])}\n")
    _print_provision(run)


def _print_training(trained: TrainingOutcome) -> None:
    if trained.model:
        say(
            _("  model: %(model)s, from %(rows)s people of whom %(positives)s left; AUC in validation %(auc)s"),
            model=trained.model.model_id, rows=trained.rows, positives=trained.positives, auc=figure(trained.auc),
        )  # fmt: skip
        for part in trained.parts:
            if part is not ScoreTarget.BOTH:
                say(_("    foresees who %(act)s"), act=_(TARGETS[part]))
        if trained.stands:
            say(_("  model not trained again: nothing that it rests on has changed"))
        if not trained.is_accepted:
            say(_("  model held: it does not rank better than chance; see its card, then `kanmon approve` or leave it"))
    else:
        say(
            _("  no model: it takes %(each)s who left and %(each)s who did not; there are %(left)s and %(stayed)s"),
            each=MIN_OF_EACH, left=trained.positives, stayed=trained.rows - trained.positives,
        )  # fmt: skip
        if trained.target is not ScoreTarget.BOTH:
            say(
                _("    the contract asks who %(act)s, and no other model stands in for that"),
                act=_(TARGETS[trained.target]),
            )
    if trained.undivided is not None:
        say("    %(words)s", words=undivided_in_words(trained.undivided, _))
    if not trained.is_accepted:
        say("    %(words)s", words=need_in_words(trained.need, _))
        say("    %(words)s", words=untrained_in_words(trained.untrained, _))


def _print_scored(counts: Counter[str], scores_stand: bool) -> None:
    if scores_stand:
        say(_("  scored: %(scored)s, as before: nothing that they rest on has changed"), scored=counts.get("scored", 0))
    else:
        say(_("  scored: %(scored)s"), scored=counts.get("scored", 0))
    for why, count in counts.items():
        if why != "scored":
            meaning = _(NOT_SCORABLE_MEANINGS[NotScorable(why)])
            say(_("  not scorable, %(why)s (%(meaning)s): %(count)s"), why=why, meaning=meaning, count=count)


def _print_browsers(found: BrowserSummary) -> None:
    say(
        _("  browsers: %(cookies)s, of which %(shared)s shared by several members"),
        cookies=f"{found.cookies:,}",
        shared=f"{found.shared:,}",
    )
    say(
        _(
            "    events by cookie: %(events)s; before the first login, where the consent decides: %(before_login)s; "
            "left out, since nobody can say whose they are: %(left_out)s"
        ),
        events=f"{found.events:,}",
        before_login=f"{found.before_login:,}",
        left_out=f"{found.left_out:,}",
    )


def _print_provision(run: ClientRun) -> None:
    _print_outcome(run)
    for of_run, password in run.passwords.items():
        say(_("  password of report.zip of run %(run)s, told here once: %(password)s"), run=of_run, password=password)


def _print_outcome(run: ClientRun) -> None:
    for folder in run.handed_over_late:
        say(_("  handed over now, recorded by an earlier run: %(folder)s"), folder=folder)
    if run.provided is None:
        return
    match run.provided.outcome:
        case ProvisionOutcome.PROVIDED:
            say(_("  provided: %(count)s scores, %(folder)s"), count=run.provided.provided, folder=run.report_folder)
        case ProvisionOutcome.ALREADY_PROVIDED:
            assert run.provided.earlier is not None
            say(
                _("  nothing new to provide: the same report left in run %(run)s (--again provides it anew)"),
                run=run.provided.earlier[1],
            )
        case ProvisionOutcome.REFUSED:
            codes = ", ".join(reason.code.value for reason in run.provided.decisions.terms_reasons)
            say(_("  nothing provided, refused by %(codes)s"), codes=codes)
    for held in run.provided.categories:
        say(_("  category %(symbol)s: %(people)s of %(of)s"), symbol=held.symbol, people=held.people, of=held.of)
        if held.lopsided is not None:
            say(_("    warning: %(words)s"), words=_(LOPSIDED[held.lopsided]))
