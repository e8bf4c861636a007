"""The demo job board's way into the service: the screens it may show, those who register, and a key of its own.

It sends its events and its consents as any board does. Only a registration goes in as rows of a dataset folder, because
a board's member base is what a folder brings.
"""

import csv
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from kanmon.access.key import KeyScope
from kanmon.application.application import Application
from kanmon.audits.gap.store import AuditStore
from kanmon.clients.contract import Client
from kanmon.consent.collected.use_cases import ConsentService
from kanmon.consent.screens import Screen
from kanmon.consent.store.acts import ActRecords
from kanmon.core.durable import replace
from kanmon.core.errors import UsageError, WorkspaceBusy
from kanmon.core.ids import CookieId, MemberId, SeasonId
from kanmon.core.language import N_
from kanmon.intake.loading import Loading
from kanmon.intake.use_cases.events import http_intake
from kanmon.intake.use_cases.loading import folder_loading, folder_reader

ROOT = "/board/"
"""Screens registered at a path below it are the demo board's."""
TOLD = "scoring"
"""The kind of the notice that the page after a registration shows."""
_MAY = (KeyScope.EVENTS, KeyScope.CONSENTS)
_PATIENCE = 40
_PAUSE_SECONDS = 0.25


@dataclass(frozen=True)
class Visitor:
    """A browser that came to the board, by the secret that it keeps.

    Neither what events call it nor the ID of the member that it registered tells the secret.
    """

    secret: str

    @property
    def cookie_id(self) -> CookieId:
        """What events call it."""
        return CookieId(f"board-{self._digest('cookie')}")

    def member_id(self, season: SeasonId) -> MemberId:
        """What it is called as a member of a season, whether it registered or not: registering twice is once."""
        return MemberId(f"B{season}-{self._digest(season)}")

    def _digest(self, use: str) -> str:
        return sha256(f"{use}:{self.secret}".encode()).hexdigest()[:20]


@dataclass(frozen=True)
class RegistrationForm:
    """What somebody says of themselves when they register; empty where they don't."""

    family_name: str
    given_name: str
    email: str
    family_kana: str = ""
    given_kana: str = ""
    birth_date: str = ""
    university: str = ""


class BoardService:
    """The board over an open application."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self.consents = ConsentService(application)

    def screens(self) -> Mapping[str, Screen]:
        """The board's screens in use, by the path that each is registered at, in the registry's order."""
        now = self._application.clock.now()
        with self._application.transactions.read() as work:
            screens = AuditStore(work.session).all_screens()
        return {
            path: screen
            for screen in screens
            if (path := urlsplit(screen.url or "").path).startswith(ROOT) and screen.is_in_use(now)
        }

    def companies(self) -> Sequence[Client]:
        """The companies that take part; none where nothing was loaded yet."""
        with self._application.transactions.read() as work:
            try:
                return list(work.terms.clients.values())
            except UsageError:
                return []

    def member_of(self, visitor: Visitor, season: SeasonId) -> MemberId | None:
        """The member that a visitor registered as in a season."""
        member = visitor.member_id(season)
        with self._application.transactions.read() as work:
            return None if ActRecords(work.session).registered_at(member) is None else member

    def register(self, visitor: Visitor, season: SeasonId, person: RegistrationForm) -> MemberId:
        """Make a visitor a member of a season, with the browser's history and the notice that is shown to them.

        Waits ten seconds for another command to end; `WorkspaceBusy` where it doesn't, `UsageError` where a field
        can't be.
        """
        member, now = visitor.member_id(season), self._application.clock.now().isoformat()
        workspace = self._application.workspace
        with self._patiently_held(), TemporaryDirectory(dir=workspace.root, prefix=".registered-") as folder:
            _write(folder, "members", {"member_id": member, "season": season, "registered_at": now, **vars(person)})
            _write(folder, "identities", {"cookie_id": visitor.cookie_id, "member_id": member, "seen_at": now})
            _write(folder, "notices", {"member_id": member, "occurred_at": now, "kind": TOLD})
            loaded = self._registering().register(Path(folder))
        refused = [row for file in loaded.files for row in file.sample]
        if refused:
            _, field, value, _ = refused[0]
            raise UsageError(N_("you are not registered: %(field)s can't be “%(value)s”"), field=field, value=value)
        return member

    def key(self) -> str:
        """The board's own key, made when it is first needed and kept in the workspace."""
        kept = self._application.workspace.root / "board.key"
        if not kept.exists() or not kept.stat().st_size:
            key = http_intake(self._application).add_key(f"demo board {secrets.token_hex(4)}", _MAY)
            replace(kept, key.encode(), private=True)
        return kept.read_text(encoding="utf-8")

    def _registering(self) -> Loading:
        application = self._application
        return folder_loading(application, folder_reader(application, application.workspace.rejected / "board"))

    @contextmanager
    def _patiently_held(self) -> Iterator[None]:
        with ExitStack() as stack:
            for left in reversed(range(_PATIENCE)):
                try:
                    stack.enter_context(self._application.workspace.hold())
                    break
                except WorkspaceBusy:
                    if left == 0:
                        raise
                    time.sleep(_PAUSE_SECONDS)
            yield


def _write(folder: str, table: str, row: Mapping[str, str]) -> None:
    with (Path(folder) / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerow(row)
