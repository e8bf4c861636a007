"""What elements, verdicts, rules and relations are called, and why a text must state each element; ids of messages.

The reasons are those of the element table (requirements, section 5.2); articles are numbered as from 1 April 2022.
"""

from collections.abc import Mapping

from kanmon.consent.coverage import CoverageVerdict, ElementLack
from kanmon.consent.diff import Relation
from kanmon.consent.law import LawSubject
from kanmon.consent.policy import Element
from kanmon.consent.publication import PublicationRule
from kanmon.core.language import N_

E = Element

NAMES: Mapping[Element, str] = {
    E.OPERATOR: N_("who provides"),
    E.TRIGGER: N_("when it applies"),
    E.IDENTIFIED: N_("the person is identified in this very use"),
    E.REGISTERED_INFORMATION: N_("input: registered personal information"),
    E.OWN_HISTORY: N_("input: behaviour history on the own site"),
    E.PARTNER_SITES: N_("input: partner sites, by name or as a closed list"),
    E.HISTORY_BEFORE_LOGIN: N_("history from before log-in is included"),
    E.MATCH_WITH_CLIENT_DATA: N_("matching with applicant data of the recipient"),
    E.PREDICTION: N_("a prediction about the person is made"),
    E.ITEMS: N_("what is provided: the score, its scale, and that it is no probability"),
    E.THIRD_PARTY_PROVISION: N_("it is a provision to a third party"),
    E.RECIPIENTS: N_("recipients, by name or as a closed class"),
    E.PURPOSE: N_("the recipient's purpose"),
    E.PROHIBITED_USES: N_("prohibited use: not for selection, and how that is enforced"),
    E.MEANS: N_("means of provision"),
    E.TIMING: N_("timing, frequency and end"),
    E.RETENTION: N_("retention at the platform and at the recipient"),
    E.WITHDRAWAL: N_("withdrawal: how, and its effect"),
    E.REFUSAL_HAS_NO_DISADVANTAGE: N_("refusal has no disadvantage"),
    E.RIGHTS: N_("rights and whom to contact"),
    E.VERSION: N_("version, effective date, language"),
    E.FOREIGN: N_("information on a foreign recipient"),
    E.CONSEQUENCES: N_("consequences for the person"),
    E.DEFINITE: N_("definite wording: “will”, not “may”"),
    E.TRAINING: N_("the history also trains the client's model"),
}

REASONS: Mapping[Element, str] = {
    E.OPERATOR: N_("the person must know who handles and provides the data (APPI 27, 32)"),
    E.TRIGGER: N_("the person must see when the handling begins (Guidelines 3-6-1)"),
    E.IDENTIFIED: N_(
        "words about cookies alone do not cover a use that identifies the person (Guidelines 2-16, 3-6-1)"
    ),
    E.REGISTERED_INFORMATION: N_("information that is used must be within the purpose stated (APPI 17, 18)"),
    E.OWN_HISTORY: N_("the person must be able to predict what is analysed (APPI 17, 18; Guidelines 3-1-1)"),
    E.PARTNER_SITES: N_("users of partner sites cannot predict it otherwise (Guidelines 3-1-1, 3-6-1)"),
    E.HISTORY_BEFORE_LOGIN: N_("nobody expects it of the time before log-in unless told (Guidelines 3-1-1, 3-6-1)"),
    E.MATCH_WITH_CLIENT_DATA: N_("entrustment does not cover matching with own data (FAQ Q7-42)"),
    E.PREDICTION: N_("the processing must be predictable: analyse, compute a score, provide it (Guidelines 3-1-1)"),
    E.ITEMS: N_("the person agrees to items of data, and they are recorded (Enforcement Rules 20)"),
    E.THIRD_PARTY_PROVISION: N_("the purpose must say so where data go to a third party (Guidelines 3-1-1, 3-6-1)"),
    E.RECIPIENTS: N_("consent reaches only provisions that could be predicted (FAQ Q7-8, Q7-9; Guidelines 3-7-2-2)"),
    E.PURPOSE: N_("consent covers the purpose stated and no broader one (APPI 17, 18; Guidelines 3-6-1)"),
    E.PROHIBITED_USES: N_(
        "the person must know that no decision rests on it (Guidelines 3-6-1; release of 26 August 2019)"
    ),
    E.MEANS: N_("part of what is needed to decide (Guidelines 3-6-1)"),
    E.TIMING: N_("the person must see how often and until when (Guidelines 3-6-1)"),
    E.RETENTION: N_("data no longer needed are to be erased (APPI 22)"),
    E.WITHDRAWAL: N_("a record of consent names how it is withdrawn (ISO/IEC TS 27560, mandatory field)"),
    E.REFUSAL_HAS_NO_DISADVANTAGE: N_("consent must be free (Employment Security Act guideline; EMP-02)"),
    E.RIGHTS: N_("disclosure, correction, stopping and contact are to be made known (APPI 32)"),
    E.VERSION: N_("consent is tied to the words shown, which must be nameable (Guidelines 2-16)"),
    E.FOREIGN: N_("consent to a foreign recipient needs information on that country (APPI 28)"),
    E.CONSEQUENCES: N_("the person must see what it may change for them (Guidelines 3-6-1)"),
    E.DEFINITE: N_("“may” leaves open whether data are provided at all (Guidelines 3-6-1)"),
    E.TRAINING: N_("a model of the client is built from the history: a purpose of its own (APPI 17, 18)"),
}

LACKS: Mapping[ElementLack, str] = {
    ElementLack.ABSENT: N_("not stated"),
    ElementLack.OTHER_RECIPIENT: N_("names other recipients"),
    ElementLack.OTHER_ITEMS: N_("names other items"),
    ElementLack.OTHER_PURPOSE: N_("names another purpose"),
    ElementLack.TOO_WIDE: N_("stated too widely"),
}

VERDICTS: Mapping[CoverageVerdict, str] = {
    CoverageVerdict.COVERED: N_("covered"),
    CoverageVerdict.COVERED_UNCLEAR: N_("covered, but not clearly"),
    CoverageVerdict.NOT_COVERED: N_("not covered"),
}

RULES: Mapping[PublicationRule, str] = {
    PublicationRule.NOT_COVERED: N_("no clause states all that a consent must cover"),
    PublicationRule.UNCLEAR: N_("what is needed to decide is not said clearly"),
    PublicationRule.CONTRADICTION: N_("one clause permits what a clause forbids"),
    PublicationRule.PLACEHOLDER: N_("something is left to be filled in"),
    PublicationRule.WITHOUT_CHECK: N_("something is promised that nothing in the program keeps"),
}

RELATIONS: Mapping[Relation, str] = {
    Relation.NARROWER: N_("narrower"),
    Relation.SAME: N_("the same"),
    Relation.WIDER: N_("wider"),
    Relation.INCOMPARABLE: N_("not comparable"),
}

CONCLUSIONS: Mapping[Relation, str] = {
    Relation.SAME: N_("Version %(new)s lets nothing more be done than version %(old)s."),
    Relation.NARROWER: N_("Version %(new)s lets nothing more be done than version %(old)s."),
    Relation.WIDER: N_(
        "Version %(new)s lets more be done than version %(old)s: an agreement to %(old)s does not reach so far, "
        "and those who gave it are asked again."
    ),
    Relation.INCOMPARABLE: N_(
        "A person has to judge between versions %(old)s and %(new)s; until then an agreement to %(old)s does not count "
        "for what %(new)s adds."
    ),
}
"""What follows from how a newer version stands to an older one."""

SUBJECTS: Mapping[LawSubject, str] = {
    LawSubject.IN_FORCE_AT_ONCE: N_("what was in force with the promulgation"),
    LawSubject.PENALTIES: N_("penalties"),
    LawSubject.UNDER_16: N_("consent of a legal representative for people under 16"),
    LawSubject.REPRESENTED_UNTIL_16: N_("whether a representative's consent lasts once the person is 16"),
    LawSubject.STOP_WITHOUT_VIOLATION: N_("a request to stop use without a violation"),
    LawSubject.CONTACTABLE: N_("person-related information that lets somebody be contacted"),
    LawSubject.ENTRUSTEES: N_("duties of entrustees"),
    LawSubject.RELAXED_ROUTES: N_(
        "use without consent for statistics, or where it clearly has no effect on the person"
    ),
    LawSubject.SURCHARGE: N_("the surcharge, measured by the benefit of a violation"),
    LawSubject.LOW_RISK_LEAKS: N_("shorter duties for leaks of low risk"),
}
"""What each subject of an amendment is called; ids of messages."""
