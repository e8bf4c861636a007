"""Become another user, then the program: `python -I unprivileged.py USER_NO PROGRAM [ARGUMENT]...`, begun by root.

It runs by itself, without the rest of Kanmon, between root and a program that reads what strangers wrote. A folder that
`--user-data-dir=` names becomes the user's, and is its home; of root's environment PATH, LANG and TZ remain.
"""

import os
import sys

_PROFILE = "--user-data-dir="
_KEPT = ("PATH", "LANG", "TZ")


def main() -> None:
    """Give up root for good, then run the program in its place."""
    user, program, arguments = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    if user == 0:
        sys.exit("unprivileged: user 0 is root")
    home = next((one.removeprefix(_PROFILE) for one in arguments if one.startswith(_PROFILE)), "/")
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    if home != "/":
        os.chown(home, user, user)
        environment |= {"HOME": home, "TMPDIR": home}
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    os.chdir(home)
    os.execve(program, [program, *arguments], environment)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
