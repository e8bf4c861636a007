"""Every refusal of the business: a name, a stable code, an exit status of the command line, an HTTP status.

An error is named after the fact that refused. Its message says what is wrong and what to do about it; it is a message
id of the catalogues, so that whoever shows it can show it in the reader's language.
"""

from collections.abc import Callable
from typing import ClassVar


class KanmonError(Exception):
    """A refusal that a person can act on; anything else that is raised is a fault of the program."""

    code: ClassVar[str] = "FAILED"
    exit_status: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    def __init__(self, message: str, **values: object) -> None:
        """`message` holds `%(name)s` for each of `values`."""
        self.message = message
        self.values = values
        super().__init__(message % values if values else message)

    def told(self, translate: Callable[[str], str]) -> str:
        """The message in the language of `translate`."""
        translated = translate(self.message)
        return translated % self.values if self.values else translated


class UsageError(KanmonError):
    """The command or its arguments make no sense as given."""

    code = "USAGE"
    exit_status = 2
    http_status = 400


class ExtraMissing(UsageError):
    """What was asked for needs a part of Kanmon that is installed by itself, and isn't here."""

    code = "EXTRA_MISSING"
    http_status = 503


class WorkspaceMissing(UsageError):
    """No workspace lies where the command looked for one."""

    code = "WORKSPACE_MISSING"


class WorkspaceTorn(UsageError):
    """The file that makes a folder a workspace says nothing."""

    code = "WORKSPACE_TORN"


class NotAReplayWorkspace(UsageError):
    """Only a workspace made for a replay takes a moment other than now."""

    code = "NOT_A_REPLAY_WORKSPACE"


class UnknownClient(UsageError):
    """No contract was loaded for that client."""

    code = "UNKNOWN_CLIENT"
    http_status = 404


class FolderUnreadable(UsageError):
    """The dataset folder, or a file it must have, can't be read."""

    code = "FOLDER_UNREADABLE"


class ServiceInvalid(KanmonError):
    """`service.yaml` says something that can't be: nothing of it is loaded."""

    code = "SERVICE_INVALID"
    exit_status = 3
    http_status = 422


class DatabaseUnavailable(KanmonError):
    """PostgreSQL can't be reached, started or used as it is set up."""

    code = "DATABASE_UNAVAILABLE"
    http_status = 503


class DatabaseElsewhere(DatabaseUnavailable):
    """The database is not the one that the workspace has worked with."""

    code = "DATABASE_ELSEWHERE"
    exit_status = 2


class DatabaseDamaged(KanmonError):
    """PostgreSQL can't read what it wrote: a page or a file of a table is torn, cut or gone."""

    code = "DATABASE_DAMAGED"
    http_status = 503


class DiskFull(KanmonError):
    """No room was left to write; what was being written is gone, what was there before is whole."""

    code = "DISK_FULL"
    http_status = 507


class FileFailed(KanmonError):
    """A file or folder is not there, is closed to the program, or is in the way."""

    code = "FILE_FAILED"


class ProgramFault(KanmonError):
    """Something that no rule foresaw; what is needed to mend it was written down."""

    code = "PROGRAM_FAULT"


class LakeOutOfReach(KanmonError):
    """The object storage that holds the lake refused or didn't answer."""

    code = "LAKE_OUT_OF_REACH"
    http_status = 503


class LakeDamaged(KanmonError):
    """A file of the lake is gone, or not what was written: nothing is computed or provided from it."""

    code = "LAKE_DAMAGED"
    http_status = 503


class LakeElsewhere(UsageError):
    """The events of a workspace lie at another place than the one that is set."""

    code = "LAKE_ELSEWHERE"


class WorkspaceBusy(KanmonError):
    """Another command is changing this workspace."""

    code = "WORKSPACE_BUSY"
    http_status = 409


class IntakeBusy(KanmonError):
    """As many files from outside are being read as are read at the same time."""

    code = "INTAKE_BUSY"
    http_status = 503


class ActIdTaken(KanmonError):
    """The sender's ID of an act of consent names another one already."""

    code = "CONFLICT"
    http_status = 409


class RuleRefused(KanmonError):
    """A rule of law, contract or approval refuses; the rule is named in the message."""

    code = "RULE_REFUSED"
    exit_status = 4
    http_status = 403


class LawNotInForce(RuleRefused):
    """A service names a law that is not in force on the day."""

    code = "LAW_NOT_IN_FORCE"


class LedgerKeyMissing(RuleRefused):
    """The key that signed this ledger is not where it must be, or another one is there."""

    code = "LEDGER_KEY_MISSING"
    http_status = 503


class LogInconsistent(RuleRefused):
    """The ledger is not an extension of what was signed of it before (LOG-01)."""

    code = "LOG_INCONSISTENT"


class ReceiptInvalid(RuleRefused):
    """A receipt does not prove what it says."""

    code = "RECEIPT_INVALID"


class NotWitnessed(RuleRefused):
    """Fewer witnesses than somebody asks for have cosigned what a file is proved by."""

    code = "NOT_WITNESSED"


class LogForked(RuleRefused):
    """Two files that the same log signed can't both be true."""

    code = "LOG_FORKED"


class NotComparable(RuleRefused):
    """Two files of one log don't tell by themselves whether they are of one past."""

    code = "NOT_COMPARABLE"


class PackInvalid(RuleRefused):
    """An evidence pack does not prove what it holds."""

    code = "PACK_INVALID"


class RecordIncomplete(RuleRefused):
    """A consent stands in no state, or in no complete record, that a receipt could be given of (CON-01)."""

    code = "RECORD_INCOMPLETE"


class ModelNotApproved(RuleRefused):
    """The newest model of the client failed its acceptance checks and nobody has approved it."""

    code = "MODEL_NOT_APPROVED"


class ProvidingStopped(RuleRefused):
    """The stop switch holds what was asked for: it can't be read by its recipient now (S14)."""

    code = "PROVIDING_STOPPED"


class ErasureNotCertified(RuleRefused):
    """A recipient was asked to erase what it got and its certificate is overdue: nothing goes to it (AC-17)."""

    code = "ERASURE_NOT_CERTIFIED"
    http_status = 409


class ProvisionsFell(RuleRefused):
    """Judged afresh, past provisions do not stand (ADR 0021)."""

    code = "PROVISIONS_FELL"


class BannedFeature(RuleRefused):
    """A model would look at what people may not be told apart by (APPI-13)."""

    code = "DENY_BANNED_FEATURE"


class CrossEntrusterJoin(RuleRefused):
    """Two clients' lists would be joined (APPI-08, AC-07)."""

    code = "DENY_CROSS_ENTRUSTER_JOIN"


class ApplicantUnknown(UsageError):
    """No applicant of that name, or more than one, is there to be reviewed."""

    code = "APPLICANT_UNKNOWN"
    http_status = 404


class StageUnknown(UsageError):
    """The client's contract lists no such stage."""

    code = "STAGE_UNKNOWN"


class CandidateUnknown(UsageError):
    """The member was never compared with that applicant."""

    code = "CANDIDATE_UNKNOWN"


class MemberTaken(RuleRefused):
    """Another applicant of the client is that member: one member, one applicant."""

    code = "MEMBER_TAKEN"


class TiesOutdated(RuleRefused):
    """The linker tied applicants to members under rules that have changed since; it has to judge them anew."""

    code = "TIES_OUTDATED"


class AcquisitionNotStated(RuleRefused):
    """A client did not say how it got the data that it hands over (APPI-10)."""

    code = "ACQUISITION_NOT_STATED"
    http_status = 422


class DeliverySealed(RuleRefused):
    """A delivery is opened only when its receipt was acknowledged (APPI-10, AC-01)."""

    code = "SEALED"


class StatementIncomplete(UsageError):
    """A part of a statement is missing."""

    code = "STATEMENT_INCOMPLETE"
    http_status = 422


class PurposeProhibited(RuleRefused):
    """The use stated is one that the contract, or the product, forbids (AC-06)."""

    code = "DENY_PURPOSE_PROHIBITED"


class UseNotStated(RuleRefused):
    """Scores are asked for without a fresh statement of what they will be used for (EMP-05)."""

    code = "USE_NOT_STATED"
    http_status = 409


class SignInRefused(KanmonError):
    """The name or the password is wrong."""

    code = "SIGN_IN_REFUSED"
    exit_status = 4
    http_status = 401


class TooManyAttempts(KanmonError):
    """Too many wrong passwords were tried for one name."""

    code = "TOO_MANY_ATTEMPTS"
    exit_status = 4
    http_status = 429


class TooManyRequests(KanmonError):
    """More was asked within a minute than is let through; it begins anew in so many `seconds`."""

    code = "TOO_MANY_REQUESTS"
    exit_status = 4
    http_status = 429

    def __init__(self, message: str, *, seconds: int) -> None:
        super().__init__(message, seconds=seconds)
        self.seconds = seconds


class ProviderUnavailable(KanmonError):
    """The OpenID provider doesn't answer, or not as one."""

    code = "PROVIDER_UNAVAILABLE"
    http_status = 503


class IdentityRefused(KanmonError):
    """What came back from the OpenID provider doesn't prove who signs in here, now, in this browser."""

    code = "IDENTITY_REFUSED"
    exit_status = 4
    http_status = 401


class IdentityUnbound(KanmonError):
    """The OpenID provider says who it is, and no account is connected with that."""

    code = "IDENTITY_UNBOUND"
    exit_status = 4
    http_status = 403


class PasskeyRefused(KanmonError):
    """A passkey is unknown, was removed, or its answer doesn't fit the question."""

    code = "PASSKEY_REFUSED"
    exit_status = 4
    http_status = 401


class NotFound(UsageError):
    """It isn't there, or not for whoever asks: the two look alike."""

    code = "NOT_FOUND"
    http_status = 404


class KnownMomentFixed(RuleRefused):
    """When an incident was known can't be moved."""

    code = "KNOWN_MOMENT_FIXED"


class LetterNotInDoubt(RuleRefused):
    """It is known what became of a letter, or somebody may be handing it over just now."""

    code = "LETTER_NOT_IN_DOUBT"
    http_status = 409


class ReportIncomplete(RuleRefused):
    """A final report of an incident lacks one of the nine items."""

    code = "REPORT_INCOMPLETE"


class ConfirmationMissing(RuleRefused):
    """A step that can't be taken back was not confirmed after a look at what it does."""

    code = "CONFIRMATION_MISSING"
    http_status = 409


class PreviewOutdated(RuleRefused):
    """What was confirmed is not what would be done now."""

    code = "PREVIEW_OUTDATED"
    http_status = 409


class FinalReportMissing(RuleRefused):
    """An incident is not closed before its final report."""

    code = "FINAL_REPORT_MISSING"


class AffectedSetMissing(RuleRefused):
    """Nobody knows yet whom an incident affects."""

    code = "AFFECTED_SET_MISSING"


class IncidentEnded(RuleRefused):
    """An incident was closed."""

    code = "INCIDENT_ENDED"


class NoticeIncomplete(RuleRefused):
    """A notice of an incident lacks something that people must be told."""

    code = "NOTICE_INCOMPLETE"


class MailUnavailable(KanmonError):
    """The mail server can't be reached, or not as it is set up."""

    code = "MAIL_UNAVAILABLE"
    http_status = 503


class ModelDrifted(RuleRefused):
    """A model in use gives an alarm, and its client was stopped until the privacy owner resumes it."""

    code = "MODEL_DRIFTED"


class OriginNotNamed(UsageError):
    """The crawler is asked to go to an origin that no setting names, or a setting names what is none."""

    code = "ORIGIN_NOT_NAMED"


class BrowserMissing(KanmonError):
    """No browser is there to look at the board's screens with."""

    code = "BROWSER_MISSING"


class CoverageIncomplete(RuleRefused):
    """The board doesn't show everywhere just the words in force, or lets a refusal cost something."""

    code = "COVERAGE_INCOMPLETE"


class MisuseFound(RuleRefused):
    """The use audit found that a client's decisions depend on whether it could read the score."""

    code = "USE_AUDIT_MISUSE_FOUND"


class TooLarge(UsageError):
    """More was sent at once than is taken."""

    code = "TOO_LARGE"
    http_status = 413


class ValueNotStorable(UsageError):
    """A value that no table can hold: with a NUL or half a character in it, or a number or day beyond all bounds."""

    code = "VALUE_NOT_STORABLE"
    http_status = 422


class KeyRefused(KanmonError):
    """The API key is missing, unknown or revoked."""

    code = "KEY_REFUSED"
    exit_status = 4
    http_status = 401


class KeyMayNot(KanmonError):
    """The API key is in force, and not for this."""

    code = "KEY_MAY_NOT"
    exit_status = 4
    http_status = 403


class NotJson(UsageError):
    """The body of a request is not what the API takes."""

    code = "NOT_JSON"
    http_status = 400


class WrongMediaType(UsageError):
    """The body of a request is of another type than the API takes."""

    code = "WRONG_MEDIA_TYPE"
    http_status = 415
