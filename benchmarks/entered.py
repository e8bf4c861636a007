"""How much of Kanmon a command enters: `python -m benchmarks.entered subject withdraw MEMBER --workspace DIR`.

Runs the command, really, and prints how many modules of Kanmon it loaded and of how many files it entered a function;
what runs while a module is loaded counts as well. With `--list` before the command, the files are named.
"""

import sys
import threading
from pathlib import Path
from types import CodeType, FrameType

import kanmon

PACKAGE = str(Path(str(kanmon.__file__)).parent)
_IS_FUNCTION = 0x2
"""CO_NEWLOCALS: bodies of classes and modules lack it."""


def main() -> None:
    """Run the command that stands on the command line, and count."""
    arguments = sys.argv[1:]
    is_listed = arguments[:1] == ["--list"]
    sys.argv = ["kanmon", *arguments[is_listed:]]
    entered: set[CodeType] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            entered.add(frame.f_code)

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        from kanmon.cli.main import main as command  # noqa: PLC0415 - what it loads is counted

        command()
    finally:
        sys.setprofile(None)
        ours = [code for code in entered if code.co_filename.startswith(PACKAGE)]
        files = sorted({code.co_filename for code in ours if code.co_flags & _IS_FUNCTION})
        modules = sum(name.startswith("kanmon.") for name in sys.modules)
        names = "".join(f"{Path(file).relative_to(PACKAGE)}\n" for file in files) if is_listed else ""
        sys.stderr.write(f"{names}{modules} modules loaded, functions of {len(files)} files entered\n")


if __name__ == "__main__":
    main()
