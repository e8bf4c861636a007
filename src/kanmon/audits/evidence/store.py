"""What an authority may be shown of a person or an incident: where it stands in the ledger, texts and screens."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import text

from kanmon.core.ids import IncidentId, MemberId
from kanmon.db.unit_of_work import ReadSession
from kanmon.incidents.matters.model import Matter
from kanmon.incidents.matters.store import MatterRecords
from kanmon.incidents.store import IncidentRecords
from kanmon.ledger.canonical import canonical_nfc
from kanmon.ledger.entry import Entry, EntryType, Secret
from kanmon.ledger.store.entries import ENTRIES, LedgerRecords, entry_of
from kanmon.rights.erasure.store.erasures import NAMING

_NAMED = text(f"{ENTRIES} WHERE e.seq = ANY (CAST(:seqs AS bigint[])) ORDER BY e.seq")
_OF_TYPE = text("SELECT seq FROM ledger_entry WHERE type = :type ORDER BY seq")
# The erasure is logged in the entry just before the one that says it is done: `rights.erasure.service`.
_ERASED = text(
    """
    WITH found AS (
        SELECT e.ledger_seq AS asked, s.ledger_seq AS done
        FROM erasure e LEFT JOIN erasure_step s ON s.erasure_no = e.erasure_no AND s.step = 'records'
        WHERE e.code_sha256 = :code
    ), listed AS (
        SELECT CAST(payload AS jsonb) -> 'erased' AS seqs FROM found JOIN ledger_secret ON seq = done - 1
    )
    SELECT asked FROM found
    UNION SELECT done FROM found WHERE done IS NOT NULL
    UNION SELECT done - 1 FROM found WHERE done IS NOT NULL
    UNION SELECT CAST(jsonb_array_elements_text(seqs) AS bigint) FROM listed
    """
)
_OF_AFFECTED = text(
    """
    SELECT seq FROM ledger_secret
    WHERE CAST(payload AS jsonb) ->> 'member_id' IN (
        SELECT member_id FROM incident_affected JOIN member USING (member_no) WHERE incident_id = :incident
    )
    """
)
_POLICIES = text(
    """
    SELECT policy_id, version_id, language, reading, effective_from, consent_valid_days, text_sha256, text
    FROM policy_version ORDER BY policy_id, effective_from, version_id, language, reading
    """
)
_RENDERINGS = text(
    """
    SELECT screen_id, occurred_at, text_sha256, verified_by FROM rendering JOIN displayed_text USING (text_no)
    ORDER BY occurred_at, screen_id
    """
)
_GROUP = text("SELECT coalesce(platform -> 'group', '[]') FROM service")
_JUDGED = text(
    """
    SELECT DISTINCT ON (assessment_no) judged AS release_id, party, person, assessed_at AS at, question, conclusion,
           ledger_seq AS seq
    FROM legal_assessment WHERE kind = 'release' ORDER BY assessment_no, version_no DESC
    """
)


class EvidenceRecords(LedgerRecords):
    """The ledger and what explains it; one transaction."""

    def __init__(self, session: ReadSession) -> None:
        super().__init__(session)
        self.incidents = IncidentRecords(session)
        self.matters = MatterRecords(session)

    def of_member(self, member: MemberId, code_sha256: bytes) -> Sequence[int]:
        """The entries that name a member, and those of the member's erasure with all that it emptied."""
        named = self._naming("member_id", member)
        return sorted({*named, *self._connection.scalars(_ERASED, {"code": code_sha256})})

    def of_incident(self, incident: IncidentId) -> Sequence[int]:
        """The entries that name an incident, anybody whom it affects, or a matter of an authority about it."""
        affected = self._connection.scalars(_OF_AFFECTED, {"incident": incident})
        about = (seq for matter in self.matters.about(incident) for seq in self._of_matter(matter))
        return sorted({*self._naming("incident_id", incident), *affected, *about})

    def of_matter(self, matter: Matter) -> Sequence[int]:
        """The entries that name a matter or an incident that it is about, and the measures that were taken."""
        about = (seq for one in matter.incident_ids for seq in self._naming("incident_id", one))
        return sorted({*self._of_matter(matter), *about})

    def packs(self) -> Sequence[int]:
        """The entries made for packs so far."""
        return list(self._connection.scalars(_OF_TYPE, {"type": EntryType.EVIDENCE_PACK.value}))

    def named(self, seqs: Sequence[int]) -> Iterator[tuple[Entry, Secret | None]]:
        """Entries by their numbers, in order."""
        return map(entry_of, self._connection.execute(_NAMED, {"seqs": list(seqs)}))

    def policies(self) -> Sequence[Mapping[str, object]]:
        """Every policy version with its text."""
        return [dict(row) for row in self._connection.execute(_POLICIES).mappings()]

    def group(self) -> Sequence[Mapping[str, object]]:
        """The companies of the platform's group, with what each is to it."""
        return list(self._connection.scalar(_GROUP) or [])

    def judged(self) -> Sequence[Mapping[str, object]]:
        """What legal considered of releases, and for which company; the party is empty for the platform itself."""
        return [dict(row) for row in self._connection.execute(_JUDGED).mappings()]

    def renderings(self) -> Sequence[Mapping[str, object]]:
        """What screens were seen to show, by the hash of the text."""
        return [dict(row) for row in self._connection.execute(_RENDERINGS).mappings()]

    def _of_matter(self, matter: Matter) -> set[int]:
        return {*self._naming("matter_id", matter.matter_id), *matter.measures}

    def _naming(self, name: str, value: str) -> Sequence[int]:
        named = canonical_nfc({name: value}).decode()[1:-1]
        return list(self._connection.scalars(NAMING, {"named": named}))
