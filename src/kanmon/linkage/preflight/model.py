"""What an intake file is made of: each column's class, found by attacking it with what the board knows of its members.

A column of hashed names is personal data to whoever can hash the same names (F14 of the case, scheme A2; APPI-11). So
every digest in common use of every common way to write a member's name, kana, e-mail, telephone number and member ID
is looked up in the file: what comes back is not anonymous. Read-only; examples are masked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from kanmon.clients.contract import Scheme


class ColumnClass(StrEnum):
    """What a column is in law, gravest first; a file is what its gravest column is."""

    PERSONAL = "personal"
    HASHED_PERSONAL = "hashed_personal"
    PERSON_RELATED = "person_related"
    OTHER = "other"


class ClassificationReason(StrEnum):
    """Why a column is of its class."""

    RECOVERED = "recovered"
    DIGESTS_RECOVERED = "digests_recovered"
    SHAPE = "shape"
    HEADER = "header"
    KNOWN_BROWSER = "known_browser"
    DIGESTS_NOT_RECOVERED = "digests_not_recovered"
    ID_IN_EACH_ROW = "id_in_each_row"
    NOTHING_FOUND = "nothing_found"
    FEW_MATCHES = "few_matches"


class RecoveredAttribute(StrEnum):
    """What of a member or browser a cell turned out to be."""

    NAME = "name"
    KANA = "kana"
    NAME_AND_BIRTH_DATE = "name_and_birth_date"
    EMAIL = "email"
    PHONE = "phone"
    MEMBER_ID = "member_id"
    FAMILY_NAME = "family_name"
    GIVEN_NAME = "given_name"
    COOKIE_ID = "cookie_id"


WORDS = frozenset({RecoveredAttribute.FAMILY_NAME, RecoveredAttribute.GIVEN_NAME})
"""One word is no person's alone: many a prefecture is a family name as well."""
WORDS_SHARE = 0.8
"""The share of cells from which a column of such words is one of names."""
NAMES_SHARE = 0.05
"""The share of cells from which names in the clear are no chance: two words put together may be another word."""
SHAPE_SHARE = 0.5
DIGEST_SHARE = 0.9
ID_SHARE = 0.95
"""The share of different values, and of values that look like IDs, from which a column identifies rows."""

PERSONAL_HEADERS = frozenset(
    {
        "name", "full_name", "family_name", "given_name", "last_name", "first_name", "surname", "family_kana",
        "given_kana", "kana", "name_kana", "birth_date", "birthday", "date_of_birth", "dob", "email", "e_mail", "mail",
        "mail_address", "email_address", "phone", "tel", "telephone", "mobile", "phone_number", "address", "member_id",
        "氏名", "名前", "姓", "名", "苗字", "名字", "氏名カナ", "氏名かな", "カナ", "かな", "フリガナ", "ふりがな",
        "姓カナ", "名カナ", "セイ", "メイ", "生年月日", "誕生日", "メール", "メールアドレス", "電話", "電話番号",
        "携帯電話", "携帯番号", "住所", "会員id", "会員番号",
    }
)  # fmt: skip
PERSON_RELATED_HEADERS = frozenset(
    {
        "cookie_id", "cookie", "applicant_id", "applicant_no", "entry_no", "candidate_id", "user_id", "uid",
        "device_id", "idfa", "aaid", "gaid", "応募者id", "応募者番号", "応募者管理id", "受験番号", "エントリー番号",
    }
)  # fmt: skip
HASH_WORDS = ("hash", "md5", "sha1", "sha256", "sha512", "digest", "ハッシュ")


@dataclass(frozen=True, slots=True)
class Recovery:
    """Cells of one column that are one thing known, in the clear or under one digest."""

    known: RecoveredAttribute
    digest: str | None
    """The digest's name (md5, sha1, sha256, sha512); None where it stands in the clear."""
    written: str
    """How it was written before it was hashed, for example `family␣given`."""
    cells: int
    values: int
    """Different values among these cells."""
    examples: tuple[str, ...]
    """A few of the cells with what they are, masked."""


@dataclass(frozen=True)
class ColumnFacts:
    """One column as it was found; counts are cells that are not empty, unless said otherwise."""

    name: str
    cells: int
    values: int
    """Different values."""
    recoveries: Sequence[Recovery] = ()
    recovered: Mapping[RecoveredAttribute, int] = field(default_factory=dict)
    """Cells recovered, in the clear or hashed, each counted once."""
    digests: int = 0
    emails: int = 0
    phones: int = 0
    ids: int = 0
    """Cells that look like an ID: one token with a digit in it that is neither a number nor a time."""


@dataclass(frozen=True)
class ColumnFinding:
    """What a column is, and why."""

    name: str
    column_class: ColumnClass
    because: ClassificationReason
    cells: int
    recovered: int
    """Cells that turned out to be something known of a member or a browser."""
    recoveries: tuple[Recovery, ...]

    @property
    def share(self) -> float:
        """The share of cells recovered, 0 to 1."""
        return self.recovered / self.cells if self.cells else 0.0


@dataclass(frozen=True)
class Preflight:
    """What a file is made of."""

    file_name: str
    rows: int
    members: int
    """How many members' names, e-mails and numbers were tried."""
    columns: tuple[ColumnFinding, ...]

    @property
    def verdict(self) -> ColumnClass:
        """The gravest class among the columns."""
        classes = {column.column_class for column in self.columns}
        return next((found for found in ColumnClass if found in classes), ColumnClass.OTHER)

    def refused(self, scheme: Scheme | None) -> tuple[ColumnFinding, ...]:
        """The columns that may not be handed over so: hashed names under any scheme, personal data under scheme A."""
        refused = {ColumnClass.HASHED_PERSONAL}
        if scheme is Scheme.COOKIE:
            refused.add(ColumnClass.PERSONAL)
        return tuple(column for column in self.columns if column.column_class in refused)


def judged(facts: ColumnFacts) -> ColumnFinding:
    """The class of one column by what was recovered of it, its shape and its header, in this order."""
    column_class, because = _class_of(facts)
    recovered = max(facts.recovered.values(), default=0)
    return ColumnFinding(facts.name, column_class, because, facts.cells, recovered, tuple(facts.recoveries))


def _class_of(facts: ColumnFacts) -> tuple[ColumnClass, ClassificationReason]:
    if facts.cells == 0:
        return ColumnClass.OTHER, ClassificationReason.NOTHING_FOUND
    header = facts.name.strip().lower().replace(" ", "_").replace("-", "_")
    names_hashes = any(word in header for word in HASH_WORDS)
    clear = {found.known: found for found in facts.recoveries if found.digest is None}
    hashed = [found for found in facts.recoveries if found.digest is not None]
    if any(_is_telling(found, facts) for found in clear.values()):
        return ColumnClass.PERSONAL, ClassificationReason.RECOVERED
    if any(_is_telling(found, facts) for found in hashed):
        return ColumnClass.HASHED_PERSONAL, ClassificationReason.DIGESTS_RECOVERED
    if max(facts.emails, facts.phones) >= SHAPE_SHARE * facts.cells:
        return ColumnClass.PERSONAL, ClassificationReason.SHAPE
    if header in PERSONAL_HEADERS:
        is_digest = facts.digests >= DIGEST_SHARE * facts.cells
        return (ColumnClass.HASHED_PERSONAL if is_digest else ColumnClass.PERSONAL), ClassificationReason.HEADER
    if names_hashes and any(word in header for word in PERSONAL_HEADERS if len(word) > 2):
        return ColumnClass.HASHED_PERSONAL, ClassificationReason.HEADER
    if any(found.known is RecoveredAttribute.COOKIE_ID for found in facts.recoveries):
        return ColumnClass.PERSON_RELATED, ClassificationReason.KNOWN_BROWSER
    if facts.digests >= DIGEST_SHARE * facts.cells:
        return ColumnClass.PERSON_RELATED, ClassificationReason.DIGESTS_NOT_RECOVERED
    if header in PERSON_RELATED_HEADERS:
        return ColumnClass.PERSON_RELATED, ClassificationReason.HEADER
    if facts.cells > 1 and min(facts.values, facts.ids) >= ID_SHARE * facts.cells:
        return ColumnClass.PERSON_RELATED, ClassificationReason.ID_IN_EACH_ROW
    return (
        ColumnClass.OTHER,
        ClassificationReason.FEW_MATCHES if facts.recoveries else ClassificationReason.NOTHING_FOUND,
    )


def _is_telling(found: Recovery, facts: ColumnFacts) -> bool:
    """Whether a recovery shows what the column is; a whole name's digest is never chance."""
    if found.known is RecoveredAttribute.COOKIE_ID:
        return False
    if found.known in WORDS:
        return facts.recovered[found.known] >= WORDS_SHARE * facts.cells
    is_chance_possible = found.digest is None and found.known not in (
        RecoveredAttribute.EMAIL,
        RecoveredAttribute.PHONE,
    )
    return not is_chance_possible or facts.recovered[found.known] >= NAMES_SHARE * facts.cells


def masked(value: str) -> str:
    """The first letter and stars: enough to see that it is a name, too little to see whose."""
    return value[:1] + "***"
