"""What no model may look at: attributes by which applicants may not be told apart, by the names of features.

APPI Art. 19 and Guidelines 3-2 (a recruiter who discriminates by sex or nationality); Employment Security Act Art. 5-5
(family, belief, union ...); APPI-13. A name says what its maker meant; what stands in for such an attribute without
saying so has to be found from data.
"""

import re
from collections.abc import Iterable

from kanmon.core.errors import BannedFeature
from kanmon.core.language import N_
from kanmon.features.definition import FeatureDefinition

BANNED = {
    "sex": "sex gender male female woman women man men 性別 男性 女性 男女",
    "nationality": "nationality citizenship foreigner race ethnicity ethnic 国籍 人種 民族 外国人",
    "birthplace": "birthplace hometown honseki domicile 出生地 本籍 出身地",
    "family": "family parent parents spouse married marital child children pregnancy pregnant 家族 婚姻 配偶者 妊娠",
    "belief": "religion belief creed political 宗教 信条 思想 支持政党",
    "health": "health illness disability disabled disease medical 健康 病歴 障害 疾病",
    "union": "union 労働組合 組合",
    "age": "age birth birthday birthdate 年齢 生年月日",
}
"""The attributes, each with the words that name it: Latin ones as whole parts of a name, Japanese ones anywhere."""
_PARTS = re.compile(r"[a-z]+")


def attribute_named(words: str) -> str | None:
    """The banned attribute that a name or a meaning names; None where it names none."""
    lowered = words.lower()
    parts = set(_PARTS.findall(lowered))
    for attribute, names in BANNED.items():
        if any(name in parts if name.isascii() else name in lowered for name in names.split()):
            return attribute
    return None


def refuse_banned(names: Iterable[str], catalogue: Iterable[FeatureDefinition]) -> None:
    """`BannedFeature` for the first feature whose name or meaning, in either language, names a banned attribute."""
    known = {one.name: one for one in catalogue}
    for name in names:
        meanings = (known[name].meaning_ja, known[name].meaning_en) if name in known else ()
        for words in (name, *meanings):
            attribute = attribute_named(words)
            if attribute is not None:
                raise BannedFeature(
                    N_("the feature %(feature)s tells people apart by %(attribute)s: no model may learn from it"),
                    feature=name,
                    attribute=attribute,
                )
