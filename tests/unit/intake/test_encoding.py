"""Files in the encodings of Japanese programs: read rightly where that is certain, and never as something else."""

from pathlib import Path

import pytest

from kanmon.intake.files.encoding import as_utf8, text_of
from kanmon.intake.files.remarks import FileUnusable

PEOPLE = "member_id,family_name,given_name\nm1,山田,花子\nm2,髙橋,サトシ\nm3,佐藤,さくら\nm4,渡邊,齋\n"
PLAIN = PEOPLE.replace("髙", "高")


def read(tmp_path: Path, content: bytes) -> tuple[str, str]:
    source = tmp_path / "members.csv"
    source.write_bytes(content)
    found = as_utf8(source, tmp_path / "copy")
    said = "".join(remark.message for remark in found.remarks)
    assert text_of(source, "members.csv")[0] == found.path.read_bytes().decode().removeprefix("\ufeff")
    return found.path.read_bytes().decode("utf-8-sig"), said


@pytest.mark.parametrize(
    ("text", "encoding", "told"),
    [
        (PEOPLE, "utf-8", ""),
        (PEOPLE, "cp932", "CP932"),
        (PLAIN, "euc_jp", "EUC-JP"),
        (PLAIN, "iso2022_jp", "ISO-2022-JP"),
        ("a,山田\n" * 300_000, "euc_jp", None),
        ("名前,山田\n" * 300_000, "iso2022_jp", "ISO-2022-JP"),
        ("氏名,ﾔﾏﾀﾞ ﾊﾅｺ\nm1,ﾜﾀﾅﾍﾞ\n", "cp932", "CP932"),
        ("m1,ﾔﾏﾀﾞ\nm2,ﾜﾀﾅﾍﾞ\n", "cp932", "CP932"),
        ("m1,治\n", "cp932", "CP932"),
        ("m1,やまだ\n", "euc_jp", "EUC-JP"),
        ("m1,ヤマダ\n", "euc_jp", "EUC-JP"),
        ("m1,渡辺 亮\n", "euc_jp", None),
        ("m1,①\n", "cp932", "CP932"),
        ("a\x1b[2J\n", "utf-8", ""),
    ],
)
def test_japanese_is_read_rightly_or_not_at_all(tmp_path: Path, text: str, encoding: str, told: str | None) -> None:
    if told is None:
        with pytest.raises(FileUnusable, match="may be in CP932 or in EUC-JP"):
            read(tmp_path, text.encode(encoding))
        return
    found, said = read(tmp_path, text.encode(encoding))
    assert found == text
    assert (told in said) if told else not said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (PEOPLE.encode("utf-16"), "is in UTF-16"),
        (PEOPLE.encode("utf-16-le"), "UTF-16 without a mark"),
        (PEOPLE.encode("utf-16-be"), "UTF-16 without a mark"),
        (b"a,b\n\x1b$B\x7f\x7f\x1b(B\n", "ISO-2022-JP .JIS., with characters that can't be read"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_encoding(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(FileUnusable, match=words):
        read(tmp_path, content)


def test_words_with_nul_are_no_words(tmp_path: Path) -> None:
    (tmp_path / "privacy.txt").write_bytes("当社は、あなたの個人データを\n".encode("utf-16-le"))
    with pytest.raises(FileUnusable, match=r"UTF-16|neither UTF-8"):
        text_of(tmp_path / "privacy.txt", "privacy.txt")
