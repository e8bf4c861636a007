"""Why a form was refused, carried by the browser to the page that shows it in the other language.

The form is not sent again for that: a wrong password would count twice, and what was refused a moment ago could be done
now. A browser keeps it for a minute in a cookie of this host alone, and the next page ends it. Whoever changes the
cookie changes what they themselves are told: the sentence is one of ours, and everything that is filled in is escaped.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NoBase64
from collections.abc import Mapping
from dataclasses import dataclass, replace

from kanmon.core.errors import KanmonError
from kanmon.core.language import Language, translations

MOST_CHARACTERS = 3_500
"""Of one that is carried: browsers keep cookies of 4,096 bytes."""
_FIELDS = ("filled", "said", "written")
"""Where pages keep what was written into their forms; never a password, nor a file."""


@dataclass(frozen=True)
class CarriedRefusal:
    """A refusal on its way, with what was written into the form at `path`."""

    refusal: KanmonError
    path: str
    typed: Mapping[str, object]

    @classmethod
    def of(cls, refused: KanmonError, address: str, context: Mapping[str, object]) -> "CarriedRefusal":
        """What a page with `context` was refused, to be shown at an address of ours."""
        typed = {name: context[name] for name in _FIELDS if isinstance(context.get(name), dict | str)}
        return cls(refused, address.partition("?")[0], typed)

    @classmethod
    def read(cls, written: str) -> "CarriedRefusal | None":
        """What was carried; None where it is none of ours, whoever wrote it."""
        if not 0 < len(written) <= MOST_CHARACTERS:
            return None
        try:
            message, values, path, typed = json.loads(urlsafe_b64decode(written))
            refused = KanmonError(message, **values)
            is_ours = translations(Language.JAPANESE).gettext(message) != message
            known = isinstance(path, str) and isinstance(typed, dict) and _are_texts(values)
            for language in Language:
                refused.told(translations(language).gettext)
        except (NoBase64, ValueError, TypeError, KeyError, RecursionError):
            return None
        return cls(refused, path, typed) if is_ours and known else None

    def written(self) -> str:
        """As a field of a form or a cookie holds it; empty where it is too long for that."""
        for carried in (self, replace(self, typed={})):
            values = {name: str(value) for name, value in self.refusal.values.items()}
            parts = [self.refusal.message, values, carried.path, carried.typed]
            written = urlsafe_b64encode(json.dumps(parts, ensure_ascii=False).encode("utf-8", "replace")).decode()
            if len(written) <= MOST_CHARACTERS:
                return written
        return ""

    def filled_in(self, path: str, context: Mapping[str, object]) -> Mapping[str, object]:
        """What was typed into the forms of the page at `path`, in place of what its `context` fills in."""
        if path != self.path:
            return {}
        texts = {
            name: self.typed[name] for name in _FIELDS if name in self.typed and isinstance(context.get(name), str)
        }
        return {name: text for name, text in texts.items() if isinstance(text, str)} | {
            name: {**given, **typed}
            for name in _FIELDS
            if isinstance(given := context.get(name), dict)
            and isinstance(typed := self.typed.get(name), dict)
            and _are_fields(typed)
        }


def _are_texts(values: object) -> bool:
    return isinstance(values, dict) and all(isinstance(value, str) for value in values.values())


def _are_fields(typed: Mapping[str, object]) -> bool:
    """Whether each is what a field of a form holds: a text, none, or a list of texts."""
    return all(
        value is None or isinstance(value, str) or (isinstance(value, list) and all(isinstance(x, str) for x in value))
        for value in typed.values()
    )
