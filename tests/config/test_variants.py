"""Overrides, targets and limits of single contacts: one entry, several standards under one name."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.config.standards import read_standards
from stream.core.declared import Standard
from tests.config.test_standards import CENTRE, CLOCK, LEVEL, PERCENTAGE, refusal, written

TARGETS = "targets: [{severity: warning, objective: 92%}, {severity: critical, objective: 90%}]"
VIP = "{where: {group: [vip]}, objective: 95%}"


def read(folder: Path, entry: str) -> tuple[Standard, ...]:
    """The standards of one entry."""
    return read_standards(written(folder, entry), CENTRE)


def test_an_override_is_the_same_with_another_number(tmp_path: Path) -> None:
    """95 % for VIP: judged for that group in each queue and channel, and the entry goes on for everybody."""
    everybody, vip = read(tmp_path, f"{PERCENTAGE}, overrides: [{VIP}]")
    assert (("queue", "channel"), None, 0.9, 0) == (everybody.per, everybody.where, everybody.objective, everybody.specific)
    assert (("queue", "channel", "group"), {"group": ("vip",)}, 0.95, 1) == (vip.per, vip.where, vip.objective, vip.specific)
    assert (everybody.name, everybody.within, everybody.form) == (vip.name, vip.within, vip.form)


def test_an_override_keeps_what_the_entry_is_about(tmp_path: Path) -> None:
    """Of all calls, those of billing within a minute."""
    _, billing = read(tmp_path, f"{PERCENTAGE}, where: {{channel: [call]}}, overrides: [{{where: {{queue: [billing]}}, within: 1m}}]")
    assert ({"channel": ("call",), "queue": ("billing",)}, 60_000, 1) == (billing.where, billing.within, billing.specific)


def test_an_override_may_have_another_kind_of_limit(tmp_path: Path) -> None:
    """At most 15, but below 3 in billing: the limit of the entry is not there any more."""
    _, billing = read(tmp_path, f"{LEVEL}, overrides: [{{where: {{queue: [billing], channel: [call]}}, below: 3}}]")
    assert ("<", 3.0, 2) == (billing.op, billing.limit, billing.specific)


def test_targets_are_standards_with_a_severity_each(tmp_path: Path) -> None:
    """Warning before critical, under one name; the key tells them apart."""
    found = read(tmp_path, f"{PERCENTAGE.replace('objective: 90%, ', '')}, {TARGETS}")
    assert [("s0:warning", "warning", 0.92), ("s0:critical", "critical", 0.9)] == [(one.key, one.severity, one.objective) for one in found]


def test_limits_of_single_contacts_are_clocks_under_the_same_name(tmp_path: Path) -> None:
    """90 % within two minutes, late from five on, none above ten; late is as loud as the first target, unacceptable as the loudest."""
    entry = f"{PERCENTAGE.replace('objective: 90%, ', '')}, late: 5m, unacceptable: 10m, {TARGETS}"
    expected = [
        ("s0:warning", "percentage", "service_level", 120_000, "warning"),
        ("s0:critical", "percentage", "service_level", 120_000, "critical"),
        ("s0:late", "clock", "wait", 300_000, "warning"),
        ("s0:unacceptable", "clock", "wait", 600_000, "critical"),
    ]
    found = read(tmp_path, entry)
    assert expected == [(one.key, one.form, one.measure, one.within, one.severity) for one in found]
    assert all(one.several for one in found)


def test_a_clock_may_have_them_too(tmp_path: Path) -> None:
    """Within five minutes, and unacceptable above ten."""
    assert [("s0", 300_000), ("s0:unacceptable", 600_000)] == [
        (one.key, one.within) for one in read(tmp_path, f"{CLOCK}, unacceptable: 10m")
    ]


def test_what_an_override_leaves_as_it_is_is_told_once(tmp_path: Path) -> None:
    """The limits of single contacts are the same for VIP, so only the share has a standard of its own there."""
    found = read(tmp_path, f"{PERCENTAGE}, late: 5m, overrides: [{VIP}]")
    assert [("s0", 0), ("s0:late", 0), ("s0", 1)] == [(one.key, one.specific) for one in found]


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (f"{PERCENTAGE}, late: 2m", "late cannot be 2m: it must be longer than within, 2m"),
        (f"{PERCENTAGE}, late: 5m, unacceptable: 4m", "unacceptable cannot be 4m: it must be longer than late, 5m"),
        (
            "form: percentage, measure: abandonment, objective: 5%, unacceptable: 4m",
            "abandonment has no unacceptable: leave it out",
        ),
        (
            f"{PERCENTAGE}, overrides: [{{objective: 95%}}]",
            "an override needs where: write for whom it is, for example where: {group: [vip]}",
        ),
        (
            f"{PERCENTAGE}, overrides: [{{where: {{queue: [billing]}}}}]",
            "this override changes nothing: write what is different there, or leave it out",
        ),
        (
            f"{PERCENTAGE}, overrides: [{{where: {{queue: [billing]}}, objective: 90%}}]",
            "this override changes nothing: write what is different there, or leave it out",
        ),
        (
            f"{PERCENTAGE}, where: {{channel: [call]}}, overrides: [{{where: {{channel: [chat]}}, objective: 95%}}]",
            "s0 is not about the channel chat, so this would never hold: write some of call",
        ),
        (
            f"{PERCENTAGE}, overrides: [{{where: {{queue: [mail], channel: [call]}}, objective: 95%}}]",
            "no queue that this standard is about has the channel call: write some of email",
        ),
        (
            f"{PERCENTAGE}, overrides: [{{where: {{queue: [biling]}}, objective: 95%}}]",
            "the centre has no queue biling: did you mean billing?",
        ),
        (f"{PERCENTAGE}, overrides: [{{where: {{group: [vipp]}}, objective: 95%}}]", "the centre has no group vipp: did you mean vip?"),
        (
            f"{PERCENTAGE}, overrides: [{{where: {{queue: [billing]}}, measure: response}}]",
            "an override cannot change measure: write a standard of its own for that",
        ),
        (f"{PERCENTAGE}, overrides: [{{where: {{queue: [billing]}}, limit: 3}}]", "a standard of form percentage has no key limit"),
        (f"{PERCENTAGE}, targets: [{{objective: 92%}}]", "an entry of targets needs severity: add it"),
        (
            f"{PERCENTAGE}, targets: [{{severity: warning, objective: 92%}}]",
            "the one target takes the place of objective here, which would hold nowhere: make it a second target",
        ),
        (
            f"{PERCENTAGE}, targets: [{{severity: warning, where: {{queue: [billing]}}}}]",
            "a target cannot change where: write a standard of its own for that",
        ),
        (
            f"{PERCENTAGE}, targets: [{{severity: warning, objective: 92%}}, {{severity: warning, objective: 90%}}]",
            "two targets are warning: give each another severity, or leave one out",
        ),
        (
            f"{PERCENTAGE}, targets: [{{severity: warning, objective: 90%}}, {{severity: critical, objective: 92%}}]",
            "the target warning would not speak before critical: make it the stricter of the two",
        ),
        (
            f"{LEVEL}, targets: [{{severity: critical, at_most: 10}}, {{severity: warning, at_most: 10}}]",
            "the target warning would not speak before critical: make it the stricter of the two",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, entry: str, problem: str) -> None:
    """Each refusal says what to write instead."""
    said = refusal(tmp_path, entry)
    assert said.startswith(f"s.yaml:3: {problem}"), said
