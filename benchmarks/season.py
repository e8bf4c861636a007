"""The season of the release at scale 1: from raw files to reports, by the commands that a person gives.

python -m benchmarks.season [--events N] [--kills N] [--folder DIR]

Prints the seconds of each stage with its share, the peak memory of `kanmon` and its PostgreSQL together (what several
processes share is counted once), and what came out. `--kills` kills the load and the run so many times each, every
time later, and says how long it took to go on after the last and whether the same came out. Members, consents and
applicants are those of the release whatever `--events` is.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import yaml

from benchmarks.measure import cpu_seconds, resident_mb
from kanmon.application.application import stop_database
from kanmon.consent.policy import text_sha256
from kanmon.core.clock import TOKYO
from kanmon_stories.policy_texts import revised_text
from kanmon_stories.release.plan import FUNCTIONS, SEASON_2019, SEASON_2020, Contractor, Figures
from kanmon_stories.release.terms import release_terms, screen_id, texts

CLIENTS, COMPANIES, ACTS = 38, 2_000, 8_000_000
DELIVERED_AT = datetime(2019, 8, 1, 9, tzinfo=TOKYO)
BEGINS, ENDS = datetime(2018, 6, 1, tzinfo=TOKYO), DELIVERED_AT
TRAINED_FROM = datetime(2019, 2, 1, 9, tzinfo=TOKYO)
KANJI = "佐藤鈴木高橋田中伊渡辺山本村小林加吉口松井上清水崎森池石川下島長谷近遠青坂西"
KANA = "サトスキタナイワヤムコハカヨクマウシモリアオツネ"
"""A name is two of these, as is how it sounds: so many names that few people share a whole one."""


@dataclass(frozen=True)
class Season:
    """How large the season is, and where its folder lies."""

    folder: Path
    events: int
    figures: Figures
    clients: int = CLIENTS

    @property
    def members(self) -> int:
        return self.figures.members_2019 + self.figures.members_2020

    @property
    def applicants(self) -> int:
        return self.figures.targets_2019 + self.figures.targets_2020

    def write(self) -> None:
        """Write every file of the folder; the same for the same figures."""
        (self.folder / "policies").mkdir(parents=True)
        for path, text in texts().items():
            (self.folder / path).write_text(text, encoding="utf-8")
        (self.folder / "service.yaml").write_text(
            yaml.safe_dump(terms(self.clients), allow_unicode=True), encoding="utf-8"
        )
        with duckdb.connect(config={"memory_limit": "3GB", "temp_directory": str(self.folder / "spill")}) as con:
            con.execute("SET enable_progress_bar = false; SET TimeZone = 'Asia/Tokyo'")
            for name, (query, suffix) in self._tables().items():
                con.execute(f"COPY ({query}) TO '{self.folder / name}.{suffix}'")

    def _tables(self) -> dict[str, tuple[str, str]]:
        return {
            "members": (f"SELECT * EXCLUDE i FROM ({self._people()})", "parquet"),
            "events": (self._events(), "parquet"),
            "consents": (self._consents(), "parquet"),
            "applicants": (self._applicants(), "csv"),
            "outcomes": (self._outcomes(), "csv"),
        }

    def _people(self) -> str:
        """Members of 2019, then of 2020, all registered before anything else happens."""
        return f"""SELECT i, 'R' || lpad(i::varchar, 7, '0') AS member_id,
                if(i < {self.figures.members_2019}, '{SEASON_2019.season_id}', '{SEASON_2020.season_id}') AS season,
                {_at(BEGINS)} - INTERVAL (1 + {_drawn("i", 1, 200)}) DAY AS registered_at,
                {_name("i", 2, KANJI)} AS family_name, {_name("i", 3, KANJI)} AS given_name,
                {_name("i", 2, KANA)} AS family_kana, {_name("i", 3, KANA)} AS given_kana,
                DATE '1996-04-02' + {_drawn("i", 4, 1100)}::int AS birth_date, 'r' || i || '@mail.example.jp' AS email,
                'U' || {_drawn("i", 5, 300)} || '大学' AS university
            FROM range({self.members}) r(i)"""

    def _events(self) -> str:
        """In the order of time, five in a visit; some members and some companies far livelier than others."""
        span = int((ENDS - BEGINS).total_seconds())
        return f"""SELECT {_at(BEGINS)} + to_seconds(i * {span} // {self.events} + {_drawn("i", 1, 60)}) AS occurred_at,
                'R' || lpad(floor(pow({_share("i // 5", 2)}, 2) * {self.members})::int::varchar, 7, '0') AS member_id,
                ['view', 'view', 'view', 'view', 'view', 'search', 'search', 'pre_entry', 'booking', 'message']
                    [1 + {_drawn("i", 3, 10)}] AS kind,
                printf('C%02d', company) AS target,
                'p' || company || '-' || {_drawn("i", 5, 40)} AS page
            FROM (SELECT i, 1 + floor(pow({_share("i // 5", 4)}, 3) * {COMPANIES})::int AS company
                FROM range({self.events}) r(i))"""

    def _consents(self) -> str:
        """Five acts of nearly every member; of twenty, one refuses and one withdraws."""
        screens = [[screen_id(one, season.season_id) for one in FUNCTIONS] for season in (SEASON_2019, SEASON_2020)]
        shown = f"if(who < {self.figures.members_2019}, {screens[0]}, {screens[1]})"
        withdraws = f"{_drawn('who', 3, 20)} = 1 AND i // {self.members} = 4"
        return f"""SELECT {_at(BEGINS)} + to_seconds({_drawn("i", 1, 20_000_000)}) AS occurred_at,
                'R' || lpad(who::varchar, 7, '0') AS member_id,
                {shown}[1 + {_drawn("i", 2, 4)}] AS screen_id,
                '{text_sha256(revised_text())}' AS text_sha256,
                CASE WHEN {_drawn("who", 3, 20)} = 0 THEN 'refuse' WHEN {withdraws} THEN 'withdraw' ELSE 'accept' END
                    AS action, true AS refusable
            FROM (SELECT i, i % {self.members} AS who FROM range({ACTS * self.members // 1_610_000}) r(i))"""

    def _applicants(self) -> str:
        """Last season's to learn from, then this season's: by personal data, nobody says who is whose member."""
        before, season = self.figures.targets_2019, f"if({{}}, '{SEASON_2019.season_id}', '{SEASON_2020.season_id}')"
        who = f"""if(n < {before}, n * 61 % {self.figures.members_2019},
            {self.figures.members_2019} + n * 61 % {self.figures.members_2020})"""
        return f"""SELECT printf('C%02d', 1 + n % {self.clients}) AS client_id, 'A' || n AS applicant_id,
                {season.format(f"n < {before}")} AS season,
                strftime(as_of - INTERVAL 40 DAY, '{_ISO}') AS applied_at, strftime(as_of, '{_ISO}') AS as_of,
                p.family_name, p.given_name, p.family_kana, p.given_kana, p.birth_date, p.email, p.university
            FROM (SELECT n, {who} AS who, CASE WHEN n < {before}
                THEN {_at(TRAINED_FROM)} + to_seconds({_drawn("n", 1, 50 * 86_400)})
                ELSE {_at(DELIVERED_AT)} - to_seconds(3600 + {_drawn("n", 1, 20 * 86_400)}) END AS as_of
                FROM range({self.applicants}) r(n)) a JOIN ({self._people()}) p ON p.i = a.who ORDER BY n"""

    def _outcomes(self) -> str:
        """The less lively a member on the board, the likelier to leave."""
        leaves = f"""{_share("applicant_id", 7)} < 0.02 +
            0.5 * pow((applicant_id[2:]::bigint * 61 % {self.figures.members_2019}) / {self.figures.members_2019}, 2)"""
        return f"""SELECT client_id, applicant_id, season,
                if({leaves}, 'selection_withdrawal', 'joined') AS outcome,
                strftime(as_of + INTERVAL 20 DAY, '{_ISO}') AS outcome_at
            FROM read_csv('{self.folder}/applicants.csv', types = {{'as_of': 'TIMESTAMPTZ', 'season': 'VARCHAR'}})
            WHERE season = '{SEASON_2019.season_id}'"""


_ISO = "%Y-%m-%dT%H:%M:%S+09:00"


def _at(moment: datetime) -> str:
    return f"TIMESTAMPTZ '{moment.isoformat()}'"


def _drawn(key: str, salt: int, below: int) -> str:
    """A whole number from 0 to less than `below`, always the same for the same key."""
    return f"({_hashed(key, salt)} % {below})::bigint"


def _name(key: str, salt: int, letters: str) -> str:
    """Two letters, drawn alike for kanji and kana."""
    one, other = (f"'{letters}'[1 + {_drawn(key, salt + place, len(letters))}]" for place in (10, 20))
    return f"concat({one}, {other})"


def _share(key: str, salt: int) -> str:
    return f"({_hashed(key, salt)} / 18446744073709551616.0)"


def _hashed(key: str, salt: int) -> str:
    """Of two salts unlike each other: `hash(key, salt)` differs in a few bits only, which a remainder keeps."""
    return f"hash(xor(hash({key}), {salt}::ubigint))"


def terms(clients: int) -> dict[str, Any]:
    """The release's terms, of so many clients by name, whose text was the revised one from the beginning."""
    found = release_terms([Contractor(f"C{number:02}", "B", DELIVERED_AT) for number in range(1, clients + 1)])
    found["policies"][0]["versions"] = [found["policies"][0]["versions"][1] | {"effective_from": SEASON_2019.opens_at}]
    for screen in found["screens"]:
        screen["from"] = SEASON_2019.opens_at
    return found


class Watched:
    """Memory and processor time of the command under way and of the workspace's PostgreSQL, together."""

    def __init__(self, workspace: Path) -> None:
        self.peak_mb = self.peak_mb_of_postgres = 0.0
        self.command: int | None = None
        self._data, self._ended = workspace / "postgres" / "data", threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._ended.set()
        self._thread.join()

    def cpu_seconds(self) -> float:
        """Spent so far by the command, and by the server since it was started."""
        return sum(map(cpu_seconds, [*self._servers(), *([self.command] if self.command else [])]))

    def _sample(self) -> None:
        while not self._ended.wait(2):
            postgres = sum(map(resident_mb, self._servers()))
            ours = resident_mb(self.command) if self.command else 0.0
            self.peak_mb, self.peak_mb_of_postgres = (
                max(self.peak_mb, postgres + ours),
                max(self.peak_mb_of_postgres, postgres),
            )

    def _servers(self) -> Iterator[int]:
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if (process / "cwd").samefile(self._data):
                    yield int(process.name)
            except OSError:
                continue


@dataclass(frozen=True)
class Told:
    """How a command went; stages begin where it says so, and each has its seconds and its processor's seconds."""

    seconds: float
    stages: dict[str, tuple[float, float]]
    result: dict[str, Any]


def command(watched: Watched, workspace: Path, *arguments: str, kill_after: float | None = None) -> Told:
    """Run `kanmon`, or kill it after so many seconds."""
    place = [str(workspace)] if arguments[0] == "init" else ["--workspace", str(workspace)]
    own = {name: value for name, value in os.environ.items() if name != "KANMON_DATABASE_URL"}
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as answer:  # a pipe that is read at the end only takes no more than 64 kB
        process = subprocess.Popen(
            [sys.executable, "-m", "kanmon", *arguments, *place],
            stdout=answer,
            stderr=subprocess.PIPE,
            text=True,
            env=own | {"KANMON_LANG": "en"},
        )
        watched.command = process.pid
        if kill_after is not None:
            threading.Timer(kill_after, process.send_signal, [signal.SIGKILL]).start()
        begun = [("start", start, watched.cpu_seconds())]
        assert process.stderr is not None
        for line in process.stderr:
            if not line.startswith(" "):
                begun.append((line.strip(), time.perf_counter(), watched.cpu_seconds()))
        end = ("", time.perf_counter(), watched.cpu_seconds())
        status = process.wait()
        answer.seek(0)
        said = answer.read()
    watched.command = None
    if status and kill_after is None:
        raise SystemExit("\n".join(line for line, *_ in begun))
    stages: dict[str, tuple[float, float]] = {}
    for (stage, at, spent), (_, until, spent_then) in zip(begun, [*begun[1:], end], strict=True):
        seconds, cpu = stages.get(stage, (0.0, 0.0))
        stages[stage] = (round(seconds + until - at, 1), round(cpu + spent_then - spent, 1))
    return Told(round(end[1] - start, 1), stages, json.loads(said) if said.startswith("{") else {})


def outcome(clients: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What the run came to, over all clients."""
    return {
        "linked": sum(client["linked"] for client in clients),
        "models_accepted": sum(client["model"]["is_accepted"] for client in clients),
        "trained_on": sum(client["model"]["rows"] for client in clients),
        "scored": sum(client["scored"] for client in clients),
        "provided": sum(client["provided"] for client in clients),
        "reports": sum(client["report"] is not None for client in clients),
    }


def steps(season: Season) -> dict[str, tuple[str, ...]]:
    """The commands of the whole job by their names."""
    at = ("--json", "--at", DELIVERED_AT.replace(day=2).isoformat())
    return {"load": ("load", str(season.folder), *at), "run": ("run", *at)}


def measure(season: Season, workspace: Path) -> dict[str, Any]:
    """The whole job, and both commands once more."""
    watched = Watched(workspace)
    try:
        told = {"init": command(watched, workspace, "init", "--replay")}
        told |= {name: command(watched, workspace, *one) for name, one in steps(season).items()}
        again = {name: command(watched, workspace, *one).seconds for name, one in steps(season).items()}
    finally:
        watched.end()
        stop_database(workspace)
    whole = sum(one.seconds for one in told.values())
    stages = {
        f"{name}: {stage}": {"seconds": seconds, "share": round(seconds / whole, 3), "cpu_seconds": cpu}
        for name, one in told.items()
        for stage, (seconds, cpu) in one.stages.items()
    }
    return {
        "seconds": round(whole, 1),
        "cpu_seconds": round(sum(stage["cpu_seconds"] for stage in stages.values()), 1),
        "commands": {name: one.seconds for name, one in told.items()},
        "stages": stages,
        "again": again,
        "peak_mb": round(watched.peak_mb),
        "peak_mb_of_postgres": round(watched.peak_mb_of_postgres),
        "loaded": {file["dataset"]: file["new"] for file in told["load"].result["files"]},
        "outcome": outcome(told["run"].result["clients"]),
    }


def killed(season: Season, workspace: Path, undisturbed: dict[str, float], kills: int) -> dict[str, Any]:
    """The whole job with each command killed again and again: how long it took to go on at last, and what came out."""
    watched = Watched(workspace)
    try:
        command(watched, workspace, "init", "--replay")
        went_on = {}
        for name, one in steps(season).items():
            for kill in range(kills):
                command(watched, workspace, *one, kill_after=undisturbed[name] * (kill + 1) / (kills + 1))
            told = command(watched, workspace, *one)
            went_on[name] = told.seconds
    finally:
        watched.end()
        stop_database(workspace)
    return {"went_on": went_on, "outcome": outcome(told.result["clients"])}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=300_000_000)
    parser.add_argument("--scale", type=float, default=1.0, help="of the members, consents and applicants")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="a folder to write to, or one written before; it stays")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        season = Season(chosen.folder or Path(scratch) / "season", chosen.events, Figures().scaled(chosen.scale))
        start = time.perf_counter()
        if not season.folder.exists():
            season.write()
        written = round(time.perf_counter() - start, 1)
        found = measure(season, Path(scratch) / "workspace")
        if chosen.kills:
            found["killed"] = killed(season, Path(scratch) / "killed", found["commands"], chosen.kills)
            found["killed"]["is_same"] = found["killed"]["outcome"] == found["outcome"]
    print(json.dumps({"events": season.events, "members": season.members, "writing_the_folder": written, **found}))


if __name__ == "__main__":
    main()
