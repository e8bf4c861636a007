"""What can be wrong with a past provision, in words of the audit's own."""

from enum import StrEnum

from kanmon.core.language import N_


class ProvisionFault(StrEnum):
    """One thing that makes a provision fall."""

    STOPPED = "stopped"
    HELD = "held over an incident"
    LAW = "law not in force"
    NOT_REVIEWED = "release not reviewed"
    NO_CONTRACT = "no contract"
    NOT_SIGNED = "use agreement not signed"
    USE_NOT_CHECKED = "use not checked"
    USE_FORBIDDEN = "use forbidden"
    USE_NOT_STATED = "use not stated"
    NOTICE_NOT_PUBLISHED = "client notice not published"
    NO_NECESSITY = "no necessity"
    PURPOSE = "purpose forbidden"
    SEASON = "season not open"
    ENTRUSTED = "entrusted"
    RECIPIENT_UNKNOWN = "recipient incomplete"
    NOT_TOLD = "person not told"
    OBJECTED = "objection"
    NOT_READ = "message not read"
    NOTHING_AGREED = "nothing agreed"
    IMPLAUSIBLE = "agreement contradicts what is known"
    WORDS = "words do not cover"
    NOT_FREE = "consent not free"
    REPRESENTATIVE = "not agreed by who had to"
    SCREEN = "screen doubted"
    BEFORE_INCIDENT = "agreed before the incident"
    AGREED_TOO_LATE = "scored before the consent"
    RUN_OUT = "consent ran out"
    TOO_SOON = "provided again too soon"
    NOT_DECLARED = "no declaration of the recipient"
    OTHER_EVIDENCE = "record names other evidence"
    STALE = "score stale"
    ERASED = "person erased"
    NOT_RECORDED = "acts not as recorded"
    UNDECIDED = "client had not decided"
    IN_THE_OPEN = "not in the encrypted file"


FAULT_WORDS = {
    ProvisionFault.STOPPED: N_("the client, the season or the service was stopped"),
    ProvisionFault.HELD: N_("an incident was recorded, and nobody knew yet whom it affected"),
    ProvisionFault.LAW: N_("the law that it was judged under was not in force on the day"),
    ProvisionFault.NOT_REVIEWED: N_("the release was not reviewed by everyone who has to, each a person of their own"),
    ProvisionFault.NO_CONTRACT: N_("the contract was not in force"),
    ProvisionFault.NOT_SIGNED: N_("the client had not signed the use agreement"),
    ProvisionFault.USE_NOT_CHECKED: N_("nobody had checked the intended use within 30 days"),
    ProvisionFault.USE_FORBIDDEN: N_("staff had found that the client may not use scores"),
    ProvisionFault.USE_NOT_STATED: N_("the client owed a statement of how it used an earlier report"),
    ProvisionFault.NOTICE_NOT_PUBLISHED: N_("the client had not published its notice"),
    ProvisionFault.NO_NECESSITY: N_("the contract stated no necessity"),
    ProvisionFault.PURPOSE: N_("the purpose was forbidden, or selection was not"),
    ProvisionFault.SEASON: N_("the season was not open"),
    ProvisionFault.ENTRUSTED: N_("it was called entrustment, which own data can't be"),
    ProvisionFault.RECIPIENT_UNKNOWN: N_("the recipient's name, address or representative is not known"),
    ProvisionFault.NOT_TOLD: N_("the person had not been told of being scored, as others had"),
    ProvisionFault.OBJECTED: N_("the person's objection stood"),
    ProvisionFault.NOT_READ: N_("a message that may be the person's no had come in and was not read yet"),
    ProvisionFault.NOTHING_AGREED: N_("no agreement of the person stood"),
    ProvisionFault.IMPLAUSIBLE: N_(
        "the agreement is older than its member, its words or its screen, or lay ahead of its file"
    ),
    ProvisionFault.WORDS: N_("the words agreed to do not cover it"),
    ProvisionFault.NOT_FREE: N_("the person could not have refused and gone on"),
    ProvisionFault.REPRESENTATIVE: N_(
        "the person was under 16 or of unknown age and no representative agreed, or somebody else did for an older one"
    ),
    ProvisionFault.SCREEN: N_("the screen of the agreement was not known to be right"),
    ProvisionFault.BEFORE_INCIDENT: N_("the agreement is older than an incident that doubts it"),
    ProvisionFault.AGREED_TOO_LATE: N_("the score was computed before the agreement"),
    ProvisionFault.RUN_OUT: N_("the agreement had run out"),
    ProvisionFault.TOO_SOON: N_("a score had gone to the client not long before, and the words promise a longer pause"),
    ProvisionFault.NOT_DECLARED: N_("no consent obtained by the client stood"),
    ProvisionFault.OTHER_EVIDENCE: N_("the record names other evidence than what it could rest on"),
    ProvisionFault.STALE: N_("the score was not there, or rested on what had been corrected"),
    ProvisionFault.ERASED: N_("the person had asked for erasure"),
    ProvisionFault.UNDECIDED: N_("the score had to wait for the client's decision, which was not on record yet"),
    ProvisionFault.IN_THE_OPEN: N_("the words promise an encrypted file, and the report went in files that are none"),
    ProvisionFault.NOT_RECORDED: N_(
        "the person's acts of consent are not what was recorded: look with `kanmon audit ledger`"
    ),
}
"""What each means, in a sentence."""
