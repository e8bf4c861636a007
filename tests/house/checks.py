"""Rules of the house that an import rule can't say, each over the syntax tree of one module.

Each check yields (line, what is wrong). Why they exist: a clearance made outside the gate is a use of personal data
that nobody judged; a clock read outside `clock` can't be replayed; a commit outside the unit of work can part a deed
from its record; a file that isn't on disk when it is told of is empty after a power cut; a class called `Told` says
nothing of what it holds.
"""

import ast
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

Problem = tuple[int, str]

CLOCK_READS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today",
    "time.time", "time.time_ns", "time.localtime", "time.gmtime",
}  # fmt: skip


def clearance_is_made_by_the_gate(tree: ast.Module, module: PurePosixPath) -> Iterator[Problem]:
    if module.parts[0] == "gate":
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _dotted(node.func).split(".")[-1] == "Clearance":
            yield node.lineno, "only the gate makes a Clearance"
        if isinstance(node, ast.Call) and _dotted(node.func).split(".")[-1] == "replace":
            names = {name.id.lower() for name in ast.walk(node) if isinstance(name, ast.Name)}
            if any("clearance" in name for name in names):
                yield node.lineno, "a Clearance is never altered"


def time_is_read_by_the_clock(tree: ast.Module, module: PurePosixPath) -> Iterator[Problem]:
    if module == PurePosixPath("core/clock.py"):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ".".join(_dotted(node.func).split(".")[-2:]) in CLOCK_READS:
            yield node.lineno, f"only clock reads the time, not {_dotted(node.func)}"
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            yield node.lineno, "only clock reads the time: import the module `time`, not its functions"


def unit_of_work_commits(tree: ast.Module, module: PurePosixPath) -> Iterator[Problem]:
    if module in {PurePosixPath("db/unit_of_work.py"), PurePosixPath("intake/files/kafka.py")}:
        return  # the latter tells a broker how far a topic was taken, which the broker calls so
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _dotted(node.func).split(".")[-1] == "commit":
            yield node.lineno, "only db/unit_of_work commits"


DURABLE = PurePosixPath("core/durable.py")
THROWN_AWAY = {
    "intake/files/apart.py": "what a process of its own hands to the one that began it",
    "intake/files/csv_table.py": "staging",
    "intake/files/encoding.py": "staging",
    "intake/files/hand_in.py": "staging",
    "intake/files/terms/laid_out.py": "a draft in a temporary folder",
    "intake/files/rows/repeats.py": "staging",
    "intake/files/tables.py": "staging",
    "intake/files/workbook.py": "staging",
    "intake/files/fetched.py": "tables that are read at once",
    "intake/files/mysql.py": "tables that are read at once",
    "kanmon_stories/dataset_folder.py": "a generated season",
    "intake/store/events.py": "staging",
    "board/use_cases.py": "a folder to be loaded at once",
    "provision/use_cases/client.py": "a file to be loaded at once",
    "intake/staged_rows.py": "staging",
    "kanmon_stories/": "generated seasons",
    "modelling/files.py": "filled, then put in its place by put_folder",
    "linkage/files.py": "filled, then put in its place by put_folder",
    "intake/files/rows/rejected.py": "filled, then put in its place by keep",
    "db/embedded_postgres.py": "the lock of a dead server, which is PostgreSQL's own file",
}
"""Modules that may write files by themselves, and what these are."""
WRITERS = {"write_text", "write_bytes", "write_table", "ParquetWriter", "savefig", "copyfile"}
RENAMERS = {"os.replace", "os.rename", "shutil.move"}


def files_are_written_to_last(tree: ast.Module, module: PurePosixPath) -> Iterator[Problem]:
    if module == DURABLE or any(str(module).startswith(known) for known in THROWN_AWAY):
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = _dotted(node.func) or (node.func.attr if isinstance(node.func, ast.Attribute) else "")
        last = name.split(".")[-1]
        if last in WRITERS or name in RENAMERS or (last == "open" and _writes(node)):
            yield node.lineno, f"files are written by core/durable, not by {last}: they must outlive a power cut"


def _writes(node: ast.Call) -> bool:
    """Whether a call of `open` names a mode that makes or empties a file."""
    given = [*node.args, *(word.value for word in node.keywords if word.arg == "mode")]
    modes = [one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return any(set(mode) <= set("rwxab+t") and set(mode) & set("wxa") for mode in modes)


BETTER_NAMES = {
    "Asked": "Query or Request", "Because": "…Reason", "Did": "EventKind", "Done": "…Result",
    "Found": "…Result or …Facts",
    "Given": "…Body or …Receipt", "Held": "…Hold", "Kept": "…Record", "Known": "Known…", "News": "ChangeDetector",
    "Papers": "…Reader", "Press": "…Event", "Said": "…Statement", "Seen": "…View or …Sample", "Shown": "…View",
    "Taken": "…Receipt", "Told": "…Report", "Dealings": "…History",
}  # fmt: skip
"""Participles and figures of speech that tell nothing as the name of a class, each with better ones."""
BETTER_ENDINGS = {"Desk": "Service", "Told": "Report", "Shown": "View", "Seen": "View", "Asked": "Query"}


def classes_are_nouns(tree: ast.Module, _: PurePosixPath) -> Iterator[Problem]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef):
            continue
        name = node.name.lstrip("_")
        ending = next((ending for ending in BETTER_ENDINGS if name.endswith(ending)), None)
        better = BETTER_NAMES.get(name) or (ending and f"…{BETTER_ENDINGS[ending]}")
        if better and node.name not in OF_THE_API:
            yield node.lineno, f"a class is a noun of the field: not {node.name}, but {better}"


OF_THE_API = {"TextAsked"}
"""Names that programs outside know by the API's description."""


CHECKS: tuple[Callable[[ast.Module, PurePosixPath], Iterator[Problem]], ...] = (
    clearance_is_made_by_the_gate,
    time_is_read_by_the_clock,
    unit_of_work_commits,
    files_are_written_to_last,
    classes_are_nouns,
)


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""
