"""The draft of a policy version: one `version` mapping of `service.yaml`, or a list of them for several languages."""

from pathlib import Path

import yaml
from pydantic import ValidationError

from kanmon.core.errors import ServiceInvalid
from kanmon.core.ids import PolicyId
from kanmon.intake.files.remarks import gettext
from kanmon.intake.files.terms.clauses import PolicyPart
from kanmon.intake.files.terms.policies import policy_versions
from kanmon.intake.files.terms.service_file import ServiceFileInvalid, crossed, problem_of, repeated
from kanmon.intake.files.terms.values import Reading, ServiceFilePart
from kanmon.intake.files.terms.yaml_source import YamlSource, read_yaml
from kanmon.reviews.revisions.rules import MissingQuotation
from kanmon.reviews.revisions.service import Draft

_TEXT, _LIST, _MAPPING = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map")


class _DraftFile(ServiceFilePart):
    policies: list[PolicyPart]


def read_draft(written: str, name: str, policy: PolicyId, folder: Path) -> Draft:
    """The draft as written; `text_file` is looked for in `folder`. `ServiceInvalid` tells all that is wrong with it."""
    source = _within_policy(read_yaml(written, name), policy, name)
    problems = [*repeated(source), *crossed(source)]
    reading = Reading(folder, name)
    try:
        said = _DraftFile.model_validate(source.data, context=reading)
    except ValidationError as error:
        problems += [problem_of(source, detail) for detail in error.errors(include_url=False)]
        raise ServiceFileInvalid(problems, name) from None
    if problems:
        raise ServiceFileInvalid(problems, name)
    versions, missed = policy_versions(said.policies)
    if len({(version.version_id, version.effective_from) for version in versions}) > 1:
        raise ServiceInvalid(
            gettext("%(file)s: all languages of a draft have one id and take effect at once"), file=name
        )
    if len({version.language for version in versions}) < len(versions):
        raise ServiceInvalid(gettext("%(file)s: a draft has one text in each language"), file=name)
    unquoted = [
        MissingQuotation(str(one.values["clause"]), str(one.values["element"]), str(one.values["quote"]))
        for one in missed
    ]
    return Draft(versions, tuple(unquoted), written)


def _within_policy(source: YamlSource, policy: PolicyId, name: str) -> YamlSource:
    """The draft where it would stand in a `service.yaml`, its lines kept."""
    root = source.root
    if not isinstance(root, yaml.MappingNode | yaml.SequenceNode):
        raise ServiceInvalid(gettext("%(file)s should be one version of a policy, as in service.yaml"), file=name)
    mark = root.start_mark

    def word(value: str) -> yaml.ScalarNode:
        return yaml.ScalarNode(_TEXT, value, mark, mark)

    is_one = isinstance(root, yaml.MappingNode)
    versions = yaml.SequenceNode(_LIST, [root], mark, mark) if is_one else root
    policies = yaml.MappingNode(_MAPPING, [(word("id"), word(policy)), (word("versions"), versions)], mark, mark)
    within = yaml.MappingNode(
        _MAPPING, [(word("policies"), yaml.SequenceNode(_LIST, [policies], mark, mark))], mark, mark
    )
    data = {"policies": [{"id": policy, "versions": [source.data] if is_one else source.data}]}
    return YamlSource(data, source.repeated_keys, within)
