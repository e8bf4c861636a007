"""`kanmon replay`: what happened in 2019, and what would have happened with the rules on."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from kanmon.cli.opening import JsonOption
from kanmon.cli.output import print_json, say
from kanmon.cli.progress import progress_for
from kanmon.cli.shapes import AftermathResult, PlayedResult, ReplayedSeason
from kanmon.core.clock import TOKYO
from kanmon.core.errors import UsageError
from kanmon.core.language import N_, preferred_language, translations
from kanmon_stories.release.aftermath import FOUND_IN_2019, IN_2019, STEPS, Aftermath
from kanmon_stories.release.plan import Story
from kanmon_stories.release.replay import PlayResult, ReplayResult, replay_release


def replay(
    story: Annotated[
        Story,
        typer.Argument(help="What to replay: the release of August 2019, or what was found by December."),
    ],
    scale: Annotated[float, typer.Option(help="How many people there are, against the release.")] = 1.0,
    seed: Annotated[int, typer.Option(help="The seed of the generated season.")] = 2020,
    keep: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Leave the generated folder here, to count for yourself.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Play the season of the release as it was, and once more with the rules on."""
    if not 0 < scale <= 10:
        raise UsageError(N_("--scale %(scale)s is none; give a number above 0 and up to 10"), scale=scale)
    if os.environ.get("KANMON_DATABASE_URL"):
        raise UsageError(N_("a replay makes a database of its own: unset KANMON_DATABASE_URL"))
    if os.environ.get("KANMON_LAKE"):
        raise UsageError(N_("a replay makes a lake of its own: unset KANMON_LAKE"))
    if keep is not None and keep.exists() and any(keep.iterdir()):
        raise UsageError(N_("%(folder)s is not empty; --keep needs a folder of its own"), folder=keep)
    replayed = replay_release(keep, story, seed, scale, progress_for(sys.stderr.isatty()))
    if as_json:
        print_json(_facts(replayed))
    else:
        _print(replayed)


def _facts(replayed: ReplayResult) -> ReplayedSeason:
    counted, with_rules = replayed.counted, replayed.with_rules
    return {
        "invented": replayed.story.invented,
        "members": counted.members,
        "clients": {"contracted": counted.contracted, "provided": counted.clients_with_targets},
        "targets": {"all": sum(counted.targets.values()), **counted.targets},
        "stale_screen": {
            "screen_id": replayed.stale.screen_id,
            "first_at": str(replayed.stale.first_at),
            "last_at": str(replayed.stale.last_at),
            "count": replayed.stale.count,
            "gap_seen_on": replayed.gap_seen_on.isoformat(),
        },
        "as_it_was": _played(replayed.as_it_was),
        "with_rules": {
            **_played(with_rules),
            "refused": {code.value: count for code, count in with_rules.refused.items()},
        },
        "aftermath": _aftermath(replayed.aftermath),
    }


def _aftermath(aftermath: Aftermath) -> AftermathResult:
    in_2019 = {step: (day - FOUND_IN_2019).days for step, day in IN_2019.items()}
    return {
        "affected": aftermath.affected,
        "notices": aftermath.notices,
        "unreachable": aftermath.unreachable,
        "requests": aftermath.requests,
        "checked": aftermath.checked,
        "seconds": aftermath.seconds,
        "in_2019_after_days": in_2019,
    }


def _played(played: PlayResult) -> PlayedResult:
    return {
        "provided": played.provided,
        "gap_release": played.gap_release,
        "gap_strict": played.gap_strict,
        "causes": played.causes,
        "found_after_days": played.found_after_days,
    }


def _print(replayed: ReplayResult) -> None:
    counted, stale = replayed.counted, replayed.stale
    numbers = {f"members_{season}": f"{count:,}" for season, count in counted.members.items()}
    numbers |= {f"targets_{season}": f"{count:,}" for season, count in counted.targets.items()}
    say(_("members: %(members_2019)s of 2019, %(members_2020)s of 2020"), **numbers)
    say(
        _("clients: %(contracted)s under contract, %(provided)s with applicants"),
        contracted=counted.contracted,
        provided=counted.clients_with_targets,
    )
    say(_("people scored: %(targets_2019)s of 2019, %(targets_2020)s of 2020"), **numbers)
    say(_("as it was"))
    _print_played(replayed.as_it_was)
    say(
        _("  invented, since nobody published it: how many %(causes)s count"), causes=", ".join(replayed.story.invented)
    )
    say(_("with the rules on"))
    _print_played(replayed.with_rules)
    for code, count in replayed.with_rules.refused.items():
        sys.stdout.write(f"    {code.value:40} {count:>8,}\n")
    say(
        _(
            "what would have been seen: screen %(screen)s showed other words than those in force from %(first)s to "
            "%(last)s, and %(count)s people agreed to them"
        ),
        screen=stale.screen_id,
        first=stale.first_at.astimezone(TOKYO).isoformat(" ", "minutes"),
        last=stale.last_at.astimezone(TOKYO).isoformat(" ", "minutes"),
        count=f"{stale.count:,}",
    )
    say(_("the audit of the gap, asked every day, would have found people from %(day)s on"), day=replayed.gap_seen_on)
    _print_aftermath(replayed.aftermath)


def _print_aftermath(aftermath: Aftermath) -> None:
    say(_("the aftermath, by command, beside what it took in 2019 once the screen was found"))
    for step, day in IN_2019.items():
        say(
            _("  %(step)s: %(seconds)s s; in 2019 %(days)s days"),
            step=_(STEPS[step]),
            seconds=f"{aftermath.seconds[step]:,.2f}",
            days=(day - FOUND_IN_2019).days,
        )
    say(
        _("  people affected: %(affected)s, written to: %(notices)s, requests to companies: %(requests)s"),
        affected=f"{aftermath.affected:,}",
        notices=f"{aftermath.notices:,}",
        requests=aftermath.requests,
    )


def _print_played(played: PlayResult) -> None:
    said = {
        _("  people provided: %(count)s"): played.provided,
        _("  of these without valid consent, by the rule of the release: %(count)s"): played.gap_release,
        _("  of these without valid consent before each delivery: %(count)s"): played.gap_strict,
    }
    for message, count in said.items():
        say(message, count=f"{count:,}")
    for cause, count in played.causes.items():
        sys.stdout.write(f"    {cause:40} {count:>8,}\n")
    say(_("  seen on %(day)s, %(days)s days after the revision"), day=played.found_on, days=played.found_after_days)


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
