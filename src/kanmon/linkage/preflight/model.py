"""What an intake file is made of: each column's class, found by attacking it with what the board knows of its members.

A column of hashed names is personal data to whoever can hash the same names (F14 of the case, scheme A2; APPI-11). So
every digest in common use of every common way to write a member's name, kana, e-mail, telephone number and member ID
is looked up in the file: what comes back is not anonymous. Read-only; examples are masked.
"""

from collections.abc import Iterator, Mapping, Sequence
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
    BIRTH_DATE = "birth_date"
    BIRTH_DATE_AND_UNIVERSITY = "birth_date_and_university"
    NAME_IN_TEXT = "name_in_text"
    EMAIL = "email"
    PHONE = "phone"
    MEMBER_ID = "member_id"
    FAMILY_NAME = "family_name"
    GIVEN_NAME = "given_name"
    COOKIE_ID = "cookie_id"


ENOUGH_IN_CLEAR = {
    RecoveredAttribute.FAMILY_NAME: 0.8,
    RecoveredAttribute.GIVEN_NAME: 0.8,
    RecoveredAttribute.BIRTH_DATE: 0.8,
    RecoveredAttribute.EMAIL: 0.0,
    RecoveredAttribute.PHONE: 0.0,
}
"""The share of cells from which what stands in the clear is no chance, where it is not `NAMES_SHARE`.

One word is no person's alone, many a prefecture is a family name; nor is a day. An address is somebody's for certain.
"""
ENOUGH_HASHED = {known: ENOUGH_IN_CLEAR[known] for known in (
    RecoveredAttribute.FAMILY_NAME, RecoveredAttribute.GIVEN_NAME, RecoveredAttribute.BIRTH_DATE
)}  # fmt: skip
"""The same of digests; that of a whole name is never chance."""
FEW_TEXTS = 3
"""Different texts with a name in them below which it may be a shop's."""
NAMES_SHARE = 0.05
"""Two words put together may be another word."""
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
HASH_WORDS = ("hash", "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "digest", "ハッシュ")


@dataclass(frozen=True, slots=True)
class Recovery:
    """Cells of one column that are one thing known, in the clear or under one digest."""

    known: RecoveredAttribute
    digest: str | None
    """The digest's name, such as sha256, or `sha256 cut`; None where it stands in the clear."""
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
    addresses: int = 0
    """Cells that have an e-mail address somewhere in a text."""
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
    """The gravest class that anything speaks for: what was recovered, then the shape, then the header."""
    if facts.cells == 0:
        return ColumnClass.OTHER, ClassificationReason.NOTHING_FOUND
    for column_class, because, is_so in (*_by_content(facts), *_by_header(facts), *_by_shape_of_ids(facts)):
        if is_so:
            return column_class, because
    few = ClassificationReason.FEW_MATCHES if facts.recoveries else ClassificationReason.NOTHING_FOUND
    return ColumnClass.OTHER, few


Test = tuple[ColumnClass, ClassificationReason, bool]


def _by_content(facts: ColumnFacts) -> Iterator[Test]:
    telling = [found for found in facts.recoveries if _is_telling(found, facts)]
    in_clear = any(found.digest is None for found in telling)
    yield ColumnClass.PERSONAL, ClassificationReason.RECOVERED, in_clear
    yield ColumnClass.HASHED_PERSONAL, ClassificationReason.DIGESTS_RECOVERED, bool(telling)
    is_address = max(facts.emails, facts.phones) >= SHAPE_SHARE * facts.cells
    has_addresses = facts.addresses >= NAMES_SHARE * facts.cells and facts.addresses > 0
    yield ColumnClass.PERSONAL, ClassificationReason.SHAPE, is_address or has_addresses


def _by_header(facts: ColumnFacts) -> Iterator[Test]:
    header = facts.name.strip().lower().replace(" ", "_").replace("-", "_")
    is_personal, is_digest = header in PERSONAL_HEADERS, _is_digest(facts)
    is_hash = any(word in header for word in HASH_WORDS)
    is_hash = is_hash and any(word in header for word in PERSONAL_HEADERS if len(word) > 2)
    yield ColumnClass.HASHED_PERSONAL, ClassificationReason.HEADER, (is_personal and is_digest) or is_hash
    yield ColumnClass.PERSONAL, ClassificationReason.HEADER, is_personal
    is_browser = any(found.known is RecoveredAttribute.COOKIE_ID for found in facts.recoveries)
    yield ColumnClass.PERSON_RELATED, ClassificationReason.KNOWN_BROWSER, is_browser
    yield ColumnClass.PERSON_RELATED, ClassificationReason.DIGESTS_NOT_RECOVERED, is_digest
    yield ColumnClass.PERSON_RELATED, ClassificationReason.HEADER, header in PERSON_RELATED_HEADERS


def _by_shape_of_ids(facts: ColumnFacts) -> Iterator[Test]:
    is_id = facts.cells > 1 and min(facts.values, facts.ids) >= ID_SHARE * facts.cells
    yield ColumnClass.PERSON_RELATED, ClassificationReason.ID_IN_EACH_ROW, is_id


def _is_digest(facts: ColumnFacts) -> bool:
    return facts.digests >= DIGEST_SHARE * facts.cells


def _is_telling(found: Recovery, facts: ColumnFacts) -> bool:
    """Whether a recovery shows what the column is, and is no chance."""
    if found.known is RecoveredAttribute.COOKIE_ID:
        return False
    if found.known is RecoveredAttribute.NAME_IN_TEXT and found.values < min(FEW_TEXTS, facts.values):
        return False
    if found.digest is None:
        enough = ENOUGH_IN_CLEAR.get(found.known, NAMES_SHARE)
    else:
        enough = ENOUGH_HASHED.get(found.known, 0.0)
    return facts.recovered[found.known] >= enough * facts.cells


def masked(value: str) -> str:
    """The first letter and stars: enough to see that it is a name, too little to see whose."""
    return value[:1] + "***"
