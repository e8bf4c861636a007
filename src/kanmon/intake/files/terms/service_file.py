"""`service.yaml`: read, judged as a whole with everything wrong told at once, and made into the domain's values."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from kanmon.clients.contract import (
    Approval,
    Client,
    Contract,
    GroupCompany,
    Platform,
    ProductRelease,
    ScoreCategory,
    Season,
    ServiceTerms,
)
from kanmon.consent.screens import Screen
from kanmon.core.canonical import canonical
from kanmon.core.errors import FolderUnreadable, ServiceInvalid
from kanmon.core.ids import ClientId, PolicyId, ScreenId, SeasonId
from kanmon.intake.files.encoding import text_of
from kanmon.intake.files.listing import SERVICE_FILE
from kanmon.intake.files.remarks import FileUnusable, gettext
from kanmon.intake.files.terms import models
from kanmon.intake.files.terms.policies import policy_versions
from kanmon.intake.files.terms.values import Reading
from kanmon.intake.files.terms.yaml_source import YamlSource, read_yaml
from kanmon.intake.loaded import Remark
from kanmon.intake.loading import ServiceFile
from kanmon.intake.table_source import TableSource

_SAID = {
    "missing": gettext("is missing"),
    "extra_forbidden": gettext("is not a key of the contract"),
    "model_type": gettext("should be a mapping, keys with values"),
    "list_type": gettext("should be a list"),
    "string_type": gettext("should be words, not %(input)s"),
    "string_too_short": gettext("is empty"),
    "string_too_long": gettext("is longer than %(max_length)s characters"),
    "too_short": gettext("is empty"),
    "bool_parsing": gettext("“%(input)s” should be true or false"),
    "bool_type": gettext("“%(input)s” should be true or false"),
    "float_parsing": gettext("“%(input)s” is not a number"),
    "float_type": gettext("“%(input)s” is not a number"),
    "finite_number": gettext("“%(input)s” is not a number"),
    "int_parsing": gettext("“%(input)s” is not a whole number"),
    "int_type": gettext("“%(input)s” is not a whole number"),
    "greater_than_equal": gettext("%(input)s is less than %(ge)s"),
    "less_than_equal": gettext("%(input)s is more than %(le)s"),
    "greater_than": gettext("%(input)s is not more than %(gt)s"),
}
_OTHERWISE = gettext("is wrong: %(reason)s")
_NOT_AMONG = {
    "seasons": gettext("“%(id)s” is not among the seasons: %(known)s"),
    "policies": gettext("“%(id)s” is not among the policies: %(known)s"),
}


@dataclass(frozen=True)
class Problem:
    """One thing wrong: where it stands, what is wrong there."""

    path: tuple[str | int, ...]
    line: int
    said: Remark

    def told(self, translate: Callable[[str], str]) -> str:
        """One line for a person."""
        where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path).lstrip(".")
        said = (translate(self.said.message) % self.said.values).lstrip(
            "："
        )  # a fault stands behind its value elsewhere
        place = translate(gettext("line %(line)s")) % {"line": self.line}
        return f"{place}: {where}: {said}" if where else f"{place}: {said}"


class ServiceFileInvalid(ServiceInvalid):
    """Everything that is wrong with a `service.yaml`, in the order of its lines; nothing of it is loaded."""

    def __init__(self, problems: Sequence[Problem], file: str = SERVICE_FILE) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__(
            gettext("nothing of %(file)s was loaded; wrong in it (%(count)s):"),
            file=file,
            count=len(self.problems),
        )

    def __str__(self) -> str:
        return self.told(gettext)

    def told(self, translate: Callable[[str], str]) -> str:
        """The message, and a line for each problem."""
        return "\n  ".join([super().told(translate), *(problem.told(translate) for problem in self.problems)])


def read_service(folder: Path) -> ServiceFile:
    """What `service.yaml` in `folder` says; raises FolderUnreadable if there is none, ServiceInvalid if it is wrong."""
    text, remarks = _text(folder)
    source = read_yaml(text, SERVICE_FILE)
    if not isinstance(source.data, dict):
        raise ServiceInvalid(
            gettext("%(file)s should be a mapping with the keys law, platform, seasons, clients, policies, screens"),
            file=SERVICE_FILE,
        )
    reading = Reading(folder, SERVICE_FILE, list(remarks))
    problems = [*repeated(source), *crossed(source)]
    try:
        said = models.ServicePart.model_validate(source.data, context=reading)
    except ValidationError as error:
        problems += [problem_of(source, detail) for detail in error.errors(include_url=False)]
        raise ServiceFileInvalid(problems) from None
    if problems:
        raise ServiceFileInvalid(problems)
    policies, quotes_missed = policy_versions(said.policies)
    remarks = (*reading.remarks, *quotes_missed)
    return ServiceFile(_terms(said), policies, tuple(map(_screen, said.screens)), remarks, said.columns, _sources(said))


def sources_of(folder: Path) -> Mapping[str, TableSource]:
    """Where tables lie that are not in the folder; raises as `read_service`, but for a folder that names none."""
    try:
        is_named = b"sources" in (folder / SERVICE_FILE).read_bytes()
    except OSError:
        return {}  # told by whoever reads the file
    return read_service(folder).sources if is_named else {}


def _text(folder: Path) -> tuple[str, tuple[Remark, ...]]:
    path = folder / SERVICE_FILE
    try:
        return text_of(path, SERVICE_FILE)
    except FileUnusable as error:
        raise ServiceInvalid(error.message, **error.values) from None
    except FileNotFoundError:
        raise _not_there(folder) from None
    except OSError as error:
        raise FolderUnreadable(
            gettext("%(file)s can't be read: %(reason)s"), file=path, reason=error.strerror
        ) from None


def _not_there(folder: Path) -> FolderUnreadable:
    names = {entry.name.lower(): entry.name for entry in folder.iterdir()} if folder.is_dir() else {}
    if near := get_close_matches(SERVICE_FILE, names, n=1, cutoff=0.75):
        return FolderUnreadable(
            gettext("there is no %(file)s in %(folder)s; did you mean %(near)s? Rename it to %(file)s"),
            file=SERVICE_FILE,
            folder=folder,
            near=names[near[0]],
        )
    return FolderUnreadable(
        gettext("there is no %(file)s in %(folder)s: it says whose contracts and policies hold"),
        file=SERVICE_FILE,
        folder=folder,
    )


def problem_of(source: YamlSource, detail: ErrorDetails) -> Problem:
    """What a model refused, with its place in the source."""
    path, values = detail["loc"], {"input": detail.get("input"), **detail.get("ctx", {})}
    if detail["type"] == "kanmon":
        said = Remark(detail["msg"], values)
    elif detail["type"] in _SAID:
        said = Remark(_SAID[detail["type"]], values)
    else:
        said = Remark(_OTHERWISE, {"reason": detail["msg"]})
    return Problem(path, source.line(path), said)


def repeated(source: YamlSource) -> Iterator[Problem]:
    """Keys that come twice in one mapping."""
    for line, key in source.repeated_keys:
        yield Problem((), line, Remark(gettext("the key %(key)s comes twice"), {"key": key}))


def crossed(source: YamlSource) -> Iterator[Problem]:
    """What is wrong between parts: names given twice, names of nothing. Looks at whatever has the right shape."""
    data = source.data
    known = {key: set(_ids(data.get(key))) - {None} for key in ("seasons", "policies")}
    for path, items in _lists_of_named(data):
        # One version may be written in several languages.
        languages = [one.get("language") if path[-1] == "versions" else None for one in _mappings(items)]
        names = list(zip(_ids(items), languages, strict=True))
        for place, one in enumerate(_mappings(items)):
            if names[place][0] is not None and names[place] in names[:place]:
                where = (*path, place, "id")
                said = Remark(gettext("“%(id)s” comes twice"), {"id": one["id"]})
                yield Problem(where, source.line(where), said)
    for path, name, kind in _references(data):
        if isinstance(name, str) and canonical(name).text not in known[kind]:
            said = Remark(_NOT_AMONG[kind], {"id": name, "known": ", ".join(sorted(known[kind]))})
            yield Problem(path, source.line(path), said)
    yield from _unbound(source)


def _lists_of_named(data: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    for key in ("seasons", "clients", "policies", "screens"):
        yield (key,), data.get(key)
    for path, version in _versions(data):
        yield (*path, "clauses"), version.get("clauses")
    for place, policy in enumerate(_mappings(data.get("policies"))):
        yield ("policies", place, "versions"), policy.get("versions")


def _versions(data: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    for place, policy in enumerate(_mappings(data.get("policies"))):
        for number, version in enumerate(_mappings(policy.get("versions"))):
            yield ("policies", place, "versions", number), version


def _references(data: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Any, str]]:
    for place, client in enumerate(_mappings(data.get("clients"))):
        contract = client.get("contract")
        for key in ("trains_on", "scores"):
            if isinstance(contract, dict):
                yield ("clients", place, "contract", key), contract.get(key), "seasons"
    for place, screen in enumerate(_mappings(data.get("screens"))):
        yield ("screens", place, "season"), screen.get("season"), "seasons"
        yield ("screens", place, "policy"), screen.get("policy"), "policies"


def _unbound(source: YamlSource) -> Iterator[Problem]:
    for path, version in _versions(source.data):
        ids = set(_ids(version.get("clauses")))
        for place, clause in enumerate(_mappings(version.get("clauses"))):
            bound = clause.get("binds_to")
            for number, name in enumerate(bound if isinstance(bound, list) else ()):
                if isinstance(name, str) and canonical(name).text not in ids:
                    where = (*path, "clauses", place, "binds_to", number)
                    said = Remark(gettext("there is no clause “%(id)s” in this version"), {"id": name})
                    yield Problem(where, source.line(where), said)


def _mappings(items: Any) -> list[dict[str, Any]]:
    return [item if isinstance(item, dict) else {} for item in items] if isinstance(items, list) else []


def _ids(items: Any) -> Iterator[Any]:
    for item in _mappings(items):
        name = item.get("id")
        yield canonical(name).text if isinstance(name, str) else None


def _terms(said: models.ServicePart) -> ServiceTerms:
    release = said.release
    return ServiceTerms(
        law_profile_id=said.law,
        platform=Platform(
            said.platform.legal_name,
            said.platform.address,
            said.platform.representative,
            said.platform.notification_number,
            tuple(GroupCompany(company.legal_name, company.role) for company in said.platform.group),
        ),
        release=None
        if release is None
        else ProductRelease(
            release.id, release.rnd, tuple(Approval(one.role, one.person, one.at) for one in release.approvals)
        ),
        seasons={
            SeasonId(one.id): Season(SeasonId(one.id), one.opens, one.main_opens, one.closes) for one in said.seasons
        },
        clients={ClientId(one.id): _client(one) for one in said.clients},
    )


def _client(said: models.ClientPart) -> Client:
    return Client(ClientId(said.id), said.legal_name, said.address, said.representative, _contract(said.contract))


def _contract(said: models.ContractPart) -> Contract:
    """Every field as the file's model has it, but for those that the contract writes otherwise."""
    otherwise = {
        "prohibited_uses": frozenset(said.prohibited_uses),
        "categories": tuple(ScoreCategory(one.symbol, one.cut_off, one.top) for one in said.categories),
        "withheld_share": said.share_withheld,
        "stages": tuple(said.stages),
        "price": said.price and said.price.price,
        "laws": tuple(dict.fromkeys(said.laws)),
        "offer_stages": tuple(said.offer_stages),
    }
    return Contract(**{field.name: getattr(said, field.name) for field in fields(Contract)} | otherwise)


def _sources(said: models.ServicePart) -> Mapping[str, TableSource]:
    return {source.table: TableSource(**source.model_dump(exclude={"table"})) for source in said.sources}


def _screen(said: models.ScreenPart) -> Screen:
    return Screen(
        ScreenId(said.id),
        SeasonId(said.season),
        said.function,
        PolicyId(said.policy),
        said.shown_from,
        said.shown_to,
        said.url,
    )
