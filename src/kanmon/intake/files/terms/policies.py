"""Policy versions out of `service.yaml`; an element whose quotation isn't in the text is dropped and told."""

from collections.abc import Iterator, Mapping, Sequence

from kanmon.consent.policy import Clause, Element, PolicyVersion, Recipients, Retention, Statement, is_quoted
from kanmon.core.ids import ClientId, PolicyId, PolicyVersionId
from kanmon.intake.files.remarks import gettext
from kanmon.intake.files.terms import clauses
from kanmon.intake.loaded import Remark

ELEMENTS = dict(zip(clauses.ElementsPart.model_fields, Element, strict=True))


def policy_versions(
    policies: Sequence[clauses.PolicyPart],
) -> tuple[tuple[PolicyVersion, ...], tuple[Remark, ...]]:
    """Every version of every policy, and a remark for each quotation that isn't found."""
    remarks: list[Remark] = []
    versions = tuple(_version(policy.id, version, remarks) for policy in policies for version in policy.versions)
    return versions, tuple(remarks)


def _version(policy_id: str, said: clauses.VersionPart, remarks: list[Remark]) -> PolicyVersion:
    text = said.text or ""
    for clause in said.clauses:
        for name, quote in _missed(clause, text):
            remarks.append(
                Remark(
                    gettext(
                        "policy %(policy)s, version %(version)s, clause %(clause)s: the words “%(quote)s” are not in"
                        " the text, so %(element)s counts as not stated"
                    ),
                    {
                        "policy": policy_id, "version": said.id, "clause": clause.id,
                        "element": f"{ELEMENTS[name]} {name}", "quote": quote,
                    },
                )
            )  # fmt: skip
    return PolicyVersion(
        PolicyId(policy_id),
        PolicyVersionId(said.id),
        said.language,
        said.effective_from,
        text,
        tuple(Clause(clause.id, _statements(clause, text), tuple(clause.binds_to)) for clause in said.clauses),
        said.consent_valid_days,
    )


def _stated(clause: clauses.ClausePart) -> Iterator[tuple[str, clauses.ElementPart]]:
    for name in ELEMENTS:
        said = getattr(clause.elements, name)
        if said is not None:
            yield name, said


def _missed(clause: clauses.ClausePart, text: str) -> Iterator[tuple[str, str]]:
    for name, said in _stated(clause):
        if not is_quoted(said.quote, text):
            yield name, said.quote


def _statements(clause: clauses.ClausePart, text: str) -> Mapping[Element, Statement]:
    statements = ((ELEMENTS[name], _statement(said)) for name, said in _stated(clause))
    return {element: statement for element, statement in statements if is_quoted(statement.quote, text)}


def _statement(said: clauses.ElementPart) -> Statement:
    match said:
        case clauses.RecipientsPart():
            members = frozenset(map(ClientId, said.named or said.members))
            return Statement(said.quote, Recipients(members, said.closed_class, said.open_class))
        case clauses.RetentionPart():
            return Statement(said.quote, Retention(said.platform_days, said.recipient_days))
        case clauses.ForeignCountryPart():
            return Statement(said.quote, said.country)
        case clauses.PartnerSitesPart() | clauses.ListedPart():
            return Statement(said.quote, None if said.value is None else frozenset(said.value))
        case (
            clauses.QuotedPart()
            | clauses.MeansPart()
            | clauses.TimingPart()
            | clauses.StatedPart()
            | clauses.NamedPart()
        ):
            return Statement(said.quote, said.value)
        case _:
            raise TypeError(f"{type(said).__name__} is no element")
