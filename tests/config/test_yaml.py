"""Files that people write are read strictly, and every refusal says where and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.config.yaml import load, parse, suggestion, version
from stream.errors import DeclarationError, WrongUse

INDENTATION = "check the indentation of this line and the one before it"


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", "f.yaml: the file is empty: write at least `version: 1`"),
        ("- a\n- b\n", "f.yaml:1: the file takes keys with values, not a list"),
        ("a: 1\nb: 2\na: 3\n", "f.yaml:3: the file has a twice: the first is in line 1, leave one out"),
        ("a:\n\tb: 1\n", "f.yaml:2: indent with spaces, not with tabs"),
        ("a: [1, 2\nb: 3\n", "f.yaml:2: this is not YAML: expected ',' or ']', but got ':'"),
        ("a: 1\n  b: 2\n", f"f.yaml:2: this is not YAML: {INDENTATION}, and quote a text that has a colon"),
        ("a:\n  b: 1\n c: 2\n", f"f.yaml:3: this is not YAML: {INDENTATION}"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2: this is not YAML: but found another document"),
        ("? [a]\n: 1\n", "f.yaml:1: a key of the file must be a word"),
        ("a: *b\n", "f.yaml:1: this is not YAML: found undefined alias 'b'"),
        ("a: \x00\n", "f.yaml: the file has characters that YAML does not allow: save it as plain UTF-8 text"),
    ],
)
def test_what_is_no_mapping_is_refused(text: str, refusal: str) -> None:
    """Broken YAML and wrong tops are one sentence with the line."""
    with pytest.raises(DeclarationError) as refused:
        parse(text, "f.yaml")
    assert refusal == str(refused.value)


def test_an_unknown_key_names_the_nearest_one() -> None:
    """A misspelt key is not passed over; the sentence says what was meant."""
    section = parse("version: 1\nobjektive: 90%\n", "f.yaml")
    with pytest.raises(DeclarationError) as refused:
        section.only("version", "objective", "window")
    assert "f.yaml:2: the file has no key objektive: did you mean objective?" == str(refused.value)


def test_values_are_read_by_what_they_are_asked_for() -> None:
    """The asker decides what a scalar is: `no` and `08:30` are texts, and a word alone is a list of one."""
    section = parse("a: no\nb: 08:30\nc: one\nd: [x, y]\ne: 1m\nf: 90%\ng: 2.5\nh: true\ni:\nj: ''\n", "f.yaml")
    found = (
        section.text("a"),
        section.text("b"),
        section.words("c"),
        section.words("d"),
        section.duration("e"),
        section.share("f"),
        section.number("g"),
        section.flag("h", default=False),
        section.text("i", "default"),
        section.text("j"),
        "i" in section,
        section.words("absent", ("k",)),
    )
    assert ("no", "08:30", ("one",), ("x", "y"), 60_000, 0.9, 2.5, True, "default", "", False, ("k",)) == found


@pytest.mark.parametrize(
    ("text", "ask", "refusal"),
    [
        ("b: 1", "text", "f.yaml:1: the file needs a: add it"),
        ("a:", "text", "f.yaml:1: a is empty: write a value or leave the key out"),
        ("a: [1]", "text", "f.yaml:1: a takes one value, not a list"),
        ("a: {b: 1}", "text", "f.yaml:1: a takes one value, not a mapping"),
        ("a: 5", "duration", "f.yaml:1: a cannot be 5: write it with its unit, for example 5s or 5m"),
        ("a: 90", "share", "f.yaml:1: a cannot be 90: write 90% where you mean percent, or a share between 0 and 1"),
        ("a: -1", "number", "f.yaml:1: a cannot be -1: write a number such as 15 or 2.5, never a negative one"),
        ("a: {b: 1}", "words", "f.yaml:1: a takes a list of words, for example [one, two]"),
        ("a: [x,\n  x]", "words", "f.yaml:2: a names x twice: leave one out"),
        ("a: [[x]]", "words", "f.yaml:1: a takes a list of words, for example [one, two]"),
        ("a: 1", "section", "f.yaml:1: a takes keys with values, not a single value"),
        ("a: 1", "sections", "f.yaml:1: a takes a list: begin each entry with a dash"),
        ("a: [1]", "sections", "f.yaml:1: an entry of a takes keys with values, not a single value"),
        ("b: 1", "section", "f.yaml:1: the file needs a: add it"),
        ("b: 1", "sections", "f.yaml:1: the file needs a: add it"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(text: str, ask: str, refusal: str) -> None:
    """Each kind of value has its sentence, with the line of the value."""
    with pytest.raises(DeclarationError) as refused:
        getattr(parse(text, "f.yaml"), ask)("a")
    assert refusal == str(refused.value)


def test_a_word_out_of_a_few_is_held_to_them() -> None:
    """A word that is not among the options is refused with the nearest, or with all of them."""
    section = parse("a: percentge\nb: xyz\nc: yes\n", "f.yaml")
    refusals = []
    for key, options in (("a", ("percentage", "level")), ("b", ("percentage", "level"))):
        with pytest.raises(DeclarationError) as refused:
            section.choice(key, options)
        refusals.append(str(refused.value))
    with pytest.raises(DeclarationError) as refused:
        section.flag("c", default=True)
    refusals.append(str(refused.value))
    expected = [
        "f.yaml:1: a cannot be percentge: did you mean percentage?",
        "f.yaml:2: b cannot be xyz: write one of percentage, level",
        "f.yaml:3: c cannot be yes: write one of true, false",
    ]
    assert expected == refusals


def test_another_version_is_refused() -> None:
    """A file of a later version is not half understood."""
    with pytest.raises(DeclarationError) as refused:
        version(parse("version: 2\n", "f.yaml"))
    assert "f.yaml:1: version cannot be 2: write version: 1" == str(refused.value)


def test_files_that_cannot_be_read_are_one_sentence(tmp_path: Path) -> None:
    """A missing file, a folder and a file that is no text: wrong use, without a traceback."""
    (tmp_path / "latin.yaml").write_bytes(b"a: caf\xe9\n")
    refusals = []
    for name in ("missing.yaml", "", "latin.yaml"):
        with pytest.raises(WrongUse) as refused:
            load(tmp_path / name)
        refusals.append(str(refused.value).replace(str(tmp_path), "DIR"))
    expected = [
        "There is no file DIR/missing.yaml: check the name, or write it first.",
        "DIR cannot be read: Is a directory.",
        "DIR/latin.yaml: this is not UTF-8 text: save the file in UTF-8",
    ]
    assert expected == refusals


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    """Editors of one family write a mark before the text; it is taken off."""
    (tmp_path / "f.yaml").write_bytes(b"\xef\xbb\xbfversion: 1\n")
    assert "1" == load(tmp_path / "f.yaml").text("version")


def test_suggestions() -> None:
    """The nearest word whatever its case, all words where none is near, and nothing where there are none."""
    assert ["did you mean Berlin?", "write one of a, b", "leave it out"] == [
        suggestion("berln", ["Berlin", "Bonn"]),
        suggestion("xyz", ["a", "b"]),
        suggestion("x", []),
    ]
