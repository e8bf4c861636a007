"""Make `linkage/names/kanji-variants.txt` anew: which kanji is written for which, as three public tables have it.

Of Chinese simplified forms those are taken that no Japanese character set has: 里 and 裏 are two kanji here.
Needs what the product does not: the package jntajis-python, which holds the tables of the Ministry of Justice's family
registers (MJ縮退マップ) and of the National Tax Agency (JIS縮退マップ), and Unihan as Debian's unicode-data has it::

    python -m benchmarks.kanji_variants /usr/share/unicode > src/kanmon/linkage/names/kanji-variants.txt
"""

import argparse
import bz2
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import jntajis  # type: ignore[import-not-found]  # for this script alone

_IDEOGRAPHS = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0xFA0E, 0xFA2A), range(0x20000, 0x32400))
_SCHEMES = (
    jntajis.MJShrinkSchemeCombo.MOJ_FAMILY_REGISTER_ACT_RELATED_NOTICE,
    jntajis.MJShrinkSchemeCombo.JIS_INCORPORATION_UCS_UNIFICATION_RULE,
    jntajis.MJShrinkSchemeCombo.MOJ_NOTICE_582,
)
"""What a notice or a standard says; what is inferred from reading and shape alone is left out."""
_HEAD = """\
# Kanji that are written for one another in names; each line is a family, the form that stands for it first.
# Made by `python -m benchmarks.kanji_variants`; not edited by hand.
#
# From: MJ縮退マップ and MJ文字一覧表, (c) Information-technology Promotion Agency and Character Information Technology
#   Promotion Council, https://moji.or.jp/mojikiban/, CC BY-SA 2.1 JP;
#   JIS縮退マップ, National Tax Agency, https://www.houjin-bangou.nta.go.jp/download/, CC BY 4.0;
#   Unihan {version}, (c) Unicode, Inc., https://www.unicode.org/charts/unihan.html, Unicode License v3.
# Changed: one form was chosen for each kanji, and two kanji of the Joyo list never stand for one another.
# This file alone is under CC BY-SA 2.1 JP (https://creativecommons.org/licenses/by-sa/2.1/jp/).
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "unihan", type=Path, help="the folder of Unihan_OtherMappings.txt.bz2 and Unihan_Variants.txt.bz2"
    )
    folder = parser.parse_args().unihan
    version, fields = _unihan(folder / "Unihan_OtherMappings.txt.bz2")
    _, variants = _unihan(folder / "Unihan_Variants.txt.bz2")
    joyo = {sign for sign, value in fields["kJoyoKanji"].items() if "U+" not in value}
    names = {sign: chr(int(value.partition("U+")[2], 16)) for sign, value in fields["kJinmeiyoKanji"].items()
             if "U+" in value}  # fmt: skip
    names |= {sign: chr(int(value[2:], 16)) for sign, value in variants["kTraditionalVariant"].items()
              if re.fullmatch(r"U\+\w+", value) and not sign.encode("euc_jis_2004", "ignore")}  # fmt: skip
    stands_for = {
        sign: form
        for sign in (chr(code) for block in _IDEOGRAPHS for code in block)
        if sign not in joyo and (form := _form(sign, joyo, names)) is not None
    }
    families: dict[str, list[str]] = defaultdict(list)
    for sign in stands_for:
        last = _last(sign, stands_for)
        if last != sign:
            families[last].append(sign)
    sys.stdout.write(_HEAD.format(version=version))
    sys.stdout.writelines(f"{form}{''.join(others)}\n" for form, others in sorted(families.items()))


def _unihan(path: Path) -> tuple[str, Mapping[str, Mapping[str, str]]]:
    fields: dict[str, dict[str, str]] = defaultdict(dict)
    version = ""
    with bz2.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if found := re.match(r"# Unicode version: (\S+)", line):
                version = found[1]
            if line.startswith("U+"):
                code, field, value = line.rstrip("\n").split("\t")
                fields[field][chr(int(code[2:], 16))] = value
    return version, fields


def _form(sign: str, joyo: set[str], names: Mapping[str, str]) -> str | None:
    """The form that a table names for a kanji: a Joyo kanji where there is one, else the first."""
    candidates = [form for form in _named(sign, names) if len(form) == 1 and form != sign and form.isprintable()]
    return next((form for form in candidates if form in joyo), candidates[0] if candidates else None)


def _named(sign: str, names: Mapping[str, str]) -> Iterator[str]:
    if sign in names:
        yield names[sign]
    for scheme in _SCHEMES:
        yield from jntajis.mj_shrink_candidates(sign, scheme)
    shrunk = jntajis.jnta_shrink_translit(sign)
    if shrunk != "\ufffd":
        yield shrunk


def _last(sign: str, stands_for: Mapping[str, str]) -> str:
    """Where the forms lead; of forms that stand for each other, the lowest code point."""
    seen = [sign]
    while (form := stands_for.get(seen[-1])) is not None:
        if form in seen:
            return min(seen[seen.index(form) :])
        seen.append(form)
    return seen[-1]


if __name__ == "__main__":
    main()
