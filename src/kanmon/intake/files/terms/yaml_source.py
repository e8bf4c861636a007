"""A YAML file as plain strings that remember their lines.

No scalar is guessed to be a number, a day or a truth: `id: 1.10` stays "1.10", and `no` stays a name.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from kanmon.core.errors import ServiceInvalid
from kanmon.intake.files.remarks import gettext

Path = tuple[str | int, ...]
"""Where something stands: keys of mappings and places in lists, from the outermost."""
LARGEST = 1_000_000
"""Values that a document may hold once its aliases are written out: a few lines of aliases can stand for billions."""
DEEPEST = 50
"""Levels of a document; each further one costs the reader more than the one before."""
MOST_VALUES = 100_000
"""Keys and values of a document as written: several times those of a service with a hundred clients."""
_MERGE = "tag:yaml.org,2002:merge"
_GUESSED = ("tag:yaml.org,2002:null", _MERGE)


class _Strings(yaml.SafeLoader):
    yaml_implicit_resolvers = {  # noqa: RUF012 - as the library has it
        first: [(tag, pattern) for tag, pattern in resolvers if tag in _GUESSED]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


@dataclass(frozen=True)
class YamlSource:
    """A file's values: mappings, lists, strings and None."""

    data: Any
    repeated_keys: tuple[tuple[int, str], ...]
    """Keys that come twice in one mapping, each with the line where it comes again."""
    root: yaml.Node | None

    def line(self, path: Sequence[str | int]) -> int:
        """The line, from 1, of what stands at `path`, or of the innermost thing around it."""
        node, line = self.root, 1
        for step in path:
            if node is None:
                break
            line = node.start_mark.line + 1
            node, line = _child(node, step, line)
        return node.start_mark.line + 1 if node is not None else line


def read_yaml(text: str, name: str) -> YamlSource:
    """Read one YAML document; raises ServiceInvalid with line and column where it isn't YAML."""
    try:
        _refuse_monstrous(text)
        loader = _Strings(text)
        try:
            root = loader.get_single_node()
            if _size(root, {}) > LARGEST:
                raise ValueError("its aliases stand for more than anybody could have written")
            repeated = tuple(_repeated_keys(root))
            return YamlSource(None if root is None else loader.construct_document(root), repeated, root)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at_tab = "'\\t'" in (error.problem or "")
        raise ServiceInvalid(
            gettext("%(file)s, line %(line)s, column %(column)s: a tab stands there; YAML is indented with spaces")
            if at_tab
            else gettext("%(file)s, line %(line)s, column %(column)s: this is not YAML: %(reason)s"),
            file=name,
            line=mark.line + 1 if mark else 1,
            column=mark.column + 1 if mark else 1,
            reason=error.problem or error.context or "",
        ) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ServiceInvalid(
            gettext("%(file)s can't be read as YAML: %(reason)s"), file=name, reason=" ".join(str(error).split())
        ) from None


def _refuse_monstrous(text: str) -> None:
    """`ValueError` where a document is nested beyond all use, or has more values than anybody writes by hand.

    The fast reader looks first, and the exact one again at what that one can't read: it alone tells faults.
    """
    try:
        _refuse_deep_or_long(yaml.parse(text, yaml.CSafeLoader))
    except yaml.YAMLError:
        _refuse_deep_or_long(yaml.parse(text, _Strings))


def _refuse_deep_or_long(events: Iterable[yaml.Event]) -> None:
    depth = 0
    for count, event in enumerate(events):
        if count > MOST_VALUES:
            raise ValueError(f"it has more than {MOST_VALUES} values")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise ValueError(f"it is nested more than {DEEPEST} levels deep (line {line})")


def _size(node: yaml.Node | None, known: dict[int, int]) -> int:
    if node is None or isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) not in known:
        parts = [part for pair in node.value for part in pair] if isinstance(node, yaml.MappingNode) else node.value
        known[id(node)] = 1 + sum(_size(part, known) for part in parts)
    return known[id(node)]


def _repeated_keys(root: yaml.Node | None) -> Iterator[tuple[int, str]]:
    waiting, seen = [root], set()
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)
        elif isinstance(node, yaml.MappingNode):
            names = set()
            for key, value in node.value:
                waiting.append(value)
                name = str(key.value)
                if name in names and key.tag == _MERGE:
                    raise ValueError(f"a mapping has two merge keys (line {key.start_mark.line + 1})")
                if name in names:
                    yield key.start_mark.line + 1, name
                names.add(name)


def _child(node: yaml.Node, step: str | int, line: int) -> tuple[yaml.Node | None, int]:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], line
    if isinstance(node, yaml.MappingNode):
        for key, value in reversed(node.value):  # behind what a merge key brought in
            if key.value == step:
                return value, key.start_mark.line + 1
    return None, line
