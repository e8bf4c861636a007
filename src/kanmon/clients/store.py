"""What `service.yaml` said, in PostgreSQL: terms, clients, seasons, policy versions, screens."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache

from pydantic import TypeAdapter
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import distinct_on, insert

from kanmon.clients.contract import Client, Contract, Platform, ProductRelease, Season, ServiceTerms
from kanmon.consent.policy import Clause, PolicyVersion
from kanmon.consent.screens import Screen
from kanmon.core.errors import ServiceInvalid, UsageError
from kanmon.core.language import N_
from kanmon.db.tables.terms import client as client_table
from kanmon.db.tables.terms import policy_version, screen, season, service
from kanmon.db.unit_of_work import ReadSession, RowBatch, WriteSession


@cache
def _contract() -> TypeAdapter[Contract]:
    return TypeAdapter(Contract)


@cache
def _platform() -> TypeAdapter[Platform]:
    return TypeAdapter(Platform)


@cache
def _release() -> TypeAdapter[ProductRelease | None]:
    return TypeAdapter(ProductRelease | None)


@cache
def _clauses() -> TypeAdapter[tuple[Clause, ...]]:
    return TypeAdapter(tuple[Clause, ...])


_DISPLAYED = text(
    """
    SELECT t.text_no, v.policy_id, v.version_id, v.language
    FROM displayed_text t JOIN policy_version v USING (text_sha256)
    ORDER BY v.effective_from
    """
)


class ServiceStore:
    """The service's terms within one transaction."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._session = session
        self._connection = session.connection

    def terms(self) -> ServiceTerms:
        """The terms in force as last loaded; `UsageError` where no service was loaded yet."""
        row = self._connection.execute(select(service)).one_or_none()
        if row is None:
            raise UsageError(N_("nothing was loaded into this workspace yet; run `kanmon load DIR` first"))
        seasons = self._connection.execute(select(season)).all()
        clients = self._connection.execute(select(client_table).order_by(client_table.c.client_id)).all()
        return ServiceTerms(
            law_profile_id=row.law_profile_id,
            platform=_platform().validate_python(row.platform),
            release=_release().validate_python(row.release),
            seasons={
                found.season_id: Season(found.season_id, found.opens_at, found.main_opens_at, found.closes_at)
                for found in seasons
            },
            clients={
                found.client_id: Client(
                    found.client_id,
                    found.legal_name,
                    found.address,
                    found.representative,
                    _contract().validate_python(found.contract),
                )
                for found in clients
            },
        )

    def policy_versions(self) -> Iterator[PolicyVersion]:
        """Every policy version ever loaded, as it was last read."""
        key = (policy_version.c.policy_id, policy_version.c.version_id, policy_version.c.language)
        newest = select(policy_version).ext(distinct_on(*key)).order_by(*key, policy_version.c.reading.desc())
        for row in self._connection.execute(newest):
            yield PolicyVersion(
                policy_id=row.policy_id,
                version_id=row.version_id,
                language=row.language,
                effective_from=row.effective_from,
                text=row.text,
                clauses=_clauses().validate_python(row.clauses),
                consent_valid_days=row.consent_valid_days,
            )

    def displayed_versions(self) -> Mapping[int, PolicyVersion]:
        """The registered policy version behind each number of a displayed text; unknown texts are left out."""
        versions = {
            (version.policy_id, version.version_id, version.language): version for version in self.policy_versions()
        }
        return {
            text_no: versions[policy_id, version_id, language]
            for text_no, policy_id, version_id, language in self._connection.execute(_DISPLAYED)
        }

    def screens(self) -> Iterator[Screen]:
        """Every registered screen."""
        for row in self._connection.execute(select(screen).order_by(screen.c.screen_id)):
            yield Screen(
                row.screen_id, row.season_id, row.function, row.policy_id, row.shown_from, row.shown_to, row.url
            )

    def _note_change(self) -> None:
        if isinstance(self._session, WriteSession):
            self._session.added.append(RowBatch("terms"))

    def replace_terms(self, terms: ServiceTerms, loaded_at: datetime) -> None:
        """Put the terms in force; seasons and clients no longer named stay as they were."""
        self._note_change()
        values = {
            "law_profile_id": terms.law_profile_id,
            "platform": _platform().dump_python(terms.platform, mode="json"),
            "release": _release().dump_python(terms.release, mode="json"),
            "loaded_at": loaded_at,
        }
        self._connection.execute(
            insert(service).values(id=True, **values).on_conflict_do_update(index_elements=["id"], set_=values)
        )
        for found in terms.seasons.values():
            dates = {
                "opens_at": found.opens_at,
                "main_opens_at": found.main_opens_at,
                "closes_at": found.closes_at,
            }
            self._connection.execute(
                insert(season)
                .values(season_id=found.season_id, **dates)
                .on_conflict_do_update(index_elements=["season_id"], set_=dates)
            )
        for company in terms.clients.values():
            fields = {
                "legal_name": company.legal_name,
                "address": company.address,
                "representative": company.representative,
                "contract": _contract().dump_python(company.contract, mode="json"),
                "loaded_at": loaded_at,
            }
            self._connection.execute(
                insert(client_table)
                .values(client_id=company.client_id, **fields)
                .on_conflict_do_update(index_elements=["client_id"], set_=fields)
            )

    def add_policy_version(self, version: PolicyVersion, loaded_at: datetime) -> None:
        """Register a version, or another reading of its words; refuse its words to change.

        What people agreed to can't change afterwards. How its clauses are read may be mended; every reading is kept.
        """
        key = (version.policy_id, version.version_id, version.language)
        known = [
            found for found in self.policy_versions() if (found.policy_id, found.version_id, found.language) == key
        ]
        if known and known[0].text_sha256 != version.text_sha256:
            raise ServiceInvalid(
                N_(
                    "service.yaml: policy %(policy)s version %(version)s (%(language)s) was loaded before with other "
                    "words; what people agreed to can't change afterwards: give the changed text a new version id"
                ),
                policy=version.policy_id,
                version=version.version_id,
                language=version.language,
            )
        if version in known:
            return
        self._note_change()
        same = policy_version.c
        readings = select(func.count()).where(
            same.policy_id == version.policy_id,
            same.version_id == version.version_id,
            same.language == version.language,
        )
        self._connection.execute(
            insert(policy_version).values(
                policy_id=version.policy_id,
                version_id=version.version_id,
                language=version.language,
                reading=readings.scalar_subquery() + 1,
                effective_from=version.effective_from,
                text=version.text,
                text_sha256=version.text_sha256,
                clauses=_clauses().dump_python(version.clauses, mode="json"),
                consent_valid_days=version.consent_valid_days,
                loaded_at=loaded_at,
            )
        )

    def replace_screen(self, shown: Screen) -> None:
        """Put a screen into the registry, or change it."""
        self._note_change()
        fields = {
            "season_id": shown.season,
            "function": shown.function,
            "url": shown.url,
            "policy_id": shown.policy_id,
            "shown_from": shown.shown_from,
            "shown_to": shown.shown_to,
        }
        self._connection.execute(
            insert(screen)
            .values(screen_id=shown.screen_id, **fields)
            .on_conflict_do_update(index_elements=["screen_id"], set_=fields)
        )
