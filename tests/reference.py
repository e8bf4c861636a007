"""The pages of reference in docs, written from the code: `make reference` writes them, and a test holds them to it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kanmon.consent.law import JP_APPI_2017
from kanmon.consent.policy import Element
from kanmon.consent.publication import PublicationRule
from kanmon.consent.wording import NAMES
from kanmon.gate.decision import ReasonCode
from kanmon.gate.judgement import RULES
from kanmon.gate.promises import KEEPERS, PromiseKeeper
from kanmon.gate.rule import PersonRule, PersonStage, Rule, TermsRule
from kanmon.gate.wording import MEANINGS
from kanmon.intake.files.terms.key_meanings import KEY_MEANINGS
from tests.commands import loaded_command_line
from tests.folder_page import folder_page
from tests.results_page import results_page
from tests.settings_page import settings_page

REMEDIES = {
    ReasonCode.NO_CONSENT: (
        "the person agrees, free to refuse: a row of `consents` whose `refusable` is true. Under 16 it is the "
        "representative, from the last step of Act 56 of 2026 on: `given_by` and `relation`; the member needs a "
        "`birth_date`"
    ),
    ReasonCode.CONSENT_OUTDATED: "the person is shown the wider text and agrees to it",
    ReasonCode.CONSENT_WITHDRAWN: "only the person, by agreeing anew or lifting the objection",
    ReasonCode.CONSENT_EXPIRED: "the person agrees anew",
    ReasonCode.CONSENT_QUARANTINED: "the screen shows the right words and a look at it says so: a row of `renderings`",
    ReasonCode.CONSENT_IN_DOUBT: "the mended row is loaded, or the privacy owner lifts the hold: `kanmon hold list`",
    ReasonCode.COMPUTED_BEFORE_CONSENT: "the score is computed anew: `kanmon run`",
    ReasonCode.NOT_COVERED: "a text that states what it lacks (`kanmon policy check` names it), and agreement to it",
    ReasonCode.RECIPIENT_NOT_COVERED: "a text that names the client, and agreement to it",
    ReasonCode.ITEMS_NOT_COVERED: "a text that names the items, and agreement to it",
    ReasonCode.PURPOSE_PROHIBITED: "another purpose; nothing opens a prohibited one",
    ReasonCode.PURPOSE_NOT_COVERED: "the contract's purpose is the one that the words name",
    ReasonCode.ENTRUSTMENT_OWN_DATA: "consent as the legal basis",
    ReasonCode.CROSS_ENTRUSTER_JOIN: "consent as the legal basis",
    ReasonCode.PRI_CONSENT_UNCONFIRMED: "the client confirms the consent that it obtained: a row of `confirmations`",
    ReasonCode.FOREIGN_INFO_MISSING: "a text that informs about the foreign country, and agreement to it",
    ReasonCode.NO_USE_AGREEMENT: "a contract in force and a signed agreement on use",
    ReasonCode.PRECHECK_STALE: "the client's intended use is checked again: `kanmon client check`",
    ReasonCode.POSTCHECK_OVERDUE: "the client states how it used the scores, on its page, or staff ask it",
    ReasonCode.USE_FORBIDDEN: "a later check of the use finds that the client may use scores: `kanmon client check`",
    ReasonCode.CLIENT_SUSPENDED: "the privacy owner resumes the client: `kanmon resume`",
    ReasonCode.CLIENT_NOTICE_MISSING: "the client publishes its purpose",
    ReasonCode.NOT_INFORMED: "the person is told: a row of `notices`",
    ReasonCode.NO_NECESSITY: "the necessity is written down",
    ReasonCode.RELEASE_NOT_APPROVED: "the release is approved from all five viewpoints: `kanmon release open`",
    ReasonCode.SCREEN_UNVERIFIED: "somebody looks at the screen: `kanmon audit coverage`, or a row of `renderings`",
    ReasonCode.INCIDENT_HOLD: "the person agrees after the incident, or the service is resumed: `kanmon resume`",
    ReasonCode.RECORD_INCOMPLETE: "what the record of provision lacks is filled in",
    ReasonCode.LOG_INCONSISTENT: "the contradicting rows are mended: `kanmon audit ledger` names them",
    ReasonCode.SEASON_CLOSED: "nothing: the season is over",
    ReasonCode.BANNED_FEATURE: "the model is trained without the feature",
    ReasonCode.UNDECIDABLE_ORDER: "the moments are written exactly, with time and offset",
    ReasonCode.NOT_LINKED: "the row is linked: `kanmon link`",
    ReasonCode.PROVIDED_TOO_SOON: "the period that the words promise passes",
}
"""What mends each denial: a key, a file or an act."""
DOCS = Path(__file__).parents[1] / "docs"
STAGES = {
    PersonStage.ROW: "a row, before anything else",
    PersonStage.PERSON: "a person",
    PersonStage.BROWSER: "a browser",
    PersonStage.ABSENCE: "a person without an agreement",
}


def commands(group: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each command and group under its words, the whole program under none."""
    yield words, group
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*words, name))


def kanmon_commands() -> dict[tuple[str, ...], Any]:
    """All commands of the program."""
    return dict(commands(loaded_command_line()))


def commands_page() -> str:
    """A line for each command, under a heading for each group, with its options."""
    known = kanmon_commands()
    lines = [
        "# Commands",
        "",
        "`kanmon COMMAND --help` says more of each. Every command takes `--workspace DIR`; exit statuses: 0 done, 1 a",
        "failure of the program's own, 2 wrong usage, 3 done with rows refused, 4 refused by a rule.",
    ]
    for words, command in sorted(known.items(), key=lambda named: (len(named[0]) > 1, named[0])):
        if not words or getattr(command, "commands", None):
            continue
        options = " ".join(
            f"`{_written(option)}`" for option in command.params if option.name not in ("workspace", "help")
        )
        lines += ["", f"## `kanmon {' '.join(words)}`", "", _sentence(command), *(["", options] if options else [])]
    return "\n".join(lines) + "\n"


def reasons_page() -> str:
    """Each reason code with its meaning and the rules that answer it."""
    lines = [
        "# Reason codes",
        "",
        "Why the gate denies, in the order in which it answers, and the rules that answer so, with what each judges.",
        "A rule that not every law profile asks for says since when. Unknown is no.",
    ]
    for code in ReasonCode:
        lines += ["", f"## `{code.value}`", "", f"{MEANINGS[code][0].upper()}{MEANINGS[code][1:]}.", ""]
        lines += [f"- {_line(rule)}" for rule in RULES if rule.code is code]
        keys = [path for path, key in KEY_MEANINGS.items() if code in key.codes]
        lines += ["", f"What mends it: {REMEDIES[code]}.", *([f"Keys: {_quoted(keys)}."] if keys else [])]
    return "\n".join(lines).rstrip() + "\n"


def promises_page() -> str:
    """Each element with what keeps it."""
    lines = [
        "# Who keeps what a text states",
        "",
        "What people agree to binds what the program does. For each element that a text can state (E01 to E25): the",
        "functions that check it, and the code with which a breach is refused; or, where no machine can see it, the",
        "person who confirms it, and when. `kanmon policy check` refuses a text that states what neither keeps, and",
        "no revision of it goes on: `POLICY_WITHOUT_CHECK`. Written from `src/kanmon/gate/promises.py`.",
        "",
        "| Element | States | Kept by | Refused with |",
        "|---|---|---|---|",
    ]
    for element in Element:
        keepers = [keeper for keeper in KEEPERS if keeper.element is element]
        lines += [_keeper_line(keeper) for keeper in keepers] or [
            f"| {element.value} | {NAMES[element]} | nobody yet | `{PublicationRule.WITHOUT_CHECK.value}` |"
        ]
    return "\n".join(lines) + "\n"


def _keeper_line(keeper: PromiseKeeper) -> str:
    value = "" if keeper.value is None else f", `value: {keeper.value}`"
    checks = "<br>".join(f"`{check.removeprefix('kanmon.')}`" for check in keeper.checks)
    kept = checks or f"a person's promise: {keeper.confirmed_by} {keeper.confirmed_when}"
    return f"| {keeper.element.value} | {NAMES[keeper.element]}{value} | {kept} | `{keeper.refusal}` |"


def _quoted(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def decisions_page() -> str:
    """The decisions that bind, by number."""
    lines = [
        "# Decisions that bind",
        "",
        "Why it is so, and what would have to change first. Written by hand, one file each.",
        "",
    ]
    for path in sorted((DOCS / "adr").glob("0*.md")):
        heading = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        lines.append(f"- [{heading}]({path.name})")
    return "\n".join(lines) + "\n"


PAGES = {
    "adr/index.md": decisions_page,
    "commands.md": commands_page,
    "folder.md": folder_page,
    "promises.md": promises_page,
    "reasons.md": reasons_page,
    "results.md": results_page,
    "settings.md": settings_page,
}


def _sentence(command: Any) -> str:
    return " ".join((command.help or "").split("\n\n")[0].split())


def _written(parameter: Any) -> str:
    is_option = parameter.param_type_name == "option"
    return max(parameter.opts, key=len) if is_option else str(parameter.name).upper()


def _line(rule: Rule) -> str:
    told = " ".join(filter(None, (rule.title, rule.remark, f"{rule.citation}.")))
    is_always_asked = rule.in_force_from == JP_APPI_2017.in_force_from
    since = "" if is_always_asked else f"; since {rule.in_force_from}"
    return f"`{rule.name}` ({_asked_of(rule)}{since}): {told}"


def _asked_of(rule: Rule) -> str:
    if isinstance(rule, TermsRule):
        return "the batch"
    return " and ".join(STAGES[stage] for stage in rule.stages) if isinstance(rule, PersonRule) else "an agreement"


if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
