"""What the pages for people who are called say of series and their labels is so."""

from __future__ import annotations

import re
from pathlib import Path

from stream.config.centre import read_centre
from stream.config.standards import read_standards
from stream.errors import RejectedRecord
from stream.sinks import families as f

DEPLOY = Path(__file__).parents[2] / "deploy"
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((DEPLOY / "runbooks").glob("*.md"))}
BUDGET = r"cc_standard_error_budget_remaining:ratio_increase30d(\{standard=\"([^\"]+)\"\})?"


def test_every_reason_of_a_rejected_event_is_named() -> None:
    """Whoever looks at the series sees one that the page does not know, else."""
    assert [] == [reason for reason in RejectedRecord.REASONS if f"`{reason}`" not in PAGES["answerableeventsrejected"]]


def test_no_page_looks_by_queue_at_what_is_shown_by_channel() -> None:
    """As shipped histograms have no queue: workers show that with the setting alone."""
    histograms = "|".join(family.name for family in f.DURATIONS.values())
    told = re.compile(rf"`({histograms})`[^.?:]* by queue|`({histograms})\{{[^}}]*queue=")
    lines = [(stem, line) for stem, page in PAGES.items() for line in page.splitlines()]
    assert [] == [(stem, line) for stem, line in lines if told.search(line)]


def test_an_error_budget_is_looked_up_where_there_is_one() -> None:
    """Percentages alone have one: a report's page names the standard whose it is."""
    standards = read_standards(DEPLOY / "standards.yaml", read_centre(DEPLOY / "centre.yaml"))
    percentages = {one.name for one in standards if one.form == "percentage"}
    found = [(stem, name) for stem, page in PAGES.items() for _, name in re.findall(BUDGET, page)]
    assert found
    assert [] == [(stem, name) for stem, name in found if name not in percentages]
