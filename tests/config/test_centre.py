"""The centre's file: queues, opening hours and limits, or a sentence that says what to write."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from stream.config.centre import centre, read_centre
from stream.config.holidays import PublicHolidays
from stream.config.yaml import parse
from stream.core.centre import Centre, Queue
from stream.core.schedule import Schedule
from stream.errors import DeclarationError

ROOT = Path(__file__).parents[2]
BERLIN = ZoneInfo("Europe/Berlin")

GOOD = """
version: 1
name: Ours
time_zone: Europe/Berlin
short_abandon: 10s
lateness: 2m
ring_cadence: 5s
instant: 8s
dropout_share: 5%
hours:
  office: {mon-thu: "08:00-12:00, 13:00-18:00", fri: 08:00-12:00, sat: closed}
queues:
  billing: {channels: [call, chat], hours: office}
  "sales DE": {channels: email}
"""


def read(text: str) -> Centre:
    """The centre of a file with this text."""
    return centre(parse(text, "centre.yaml"))


def test_everything_is_read() -> None:
    """Queues, hours with a lunch, and all limits."""
    long = ((480, 720), (780, 1080))
    expected = Centre(
        name="Ours",
        zone=BERLIN,
        queues={"billing": Queue("billing", ("call", "chat"), "office"), "sales DE": Queue("sales DE", ("email",), "always")},
        hours={"office": Schedule(BERLIN, (long, long, long, long, ((480, 720),), (), ()), always=False)},
        short_abandon=10_000,
        lateness=120_000,
        ring_cadence=5_000,
        instant=8_000,
        dropout_share=0.05,
    )
    assert expected == read(GOOD)


def test_the_defaults_hold_where_nothing_is_written() -> None:
    """A centre needs its version and time zone only; it is then an open one."""
    assert Centre(zone=BERLIN) == read("version: 1\ntime_zone: Europe/Berlin\n")


@pytest.mark.parametrize(
    ("days", "week"),
    [
        ("daily: 00:00-24:00", (((0, 1440),),) * 7),
        ("mon: 08:00-12:00, 12:00-14:00", (((480, 840),), (), (), (), (), (), ())),
        ("fri: 22:00-06:00", ((), (), (), (), ((1320, 1800),), (), ())),
        ("sun: 22:00-24:00", ((), (), (), (), (), (), ((1320, 1440),))),
        ("sun: 23:00-01:00", ((), (), (), (), (), (), ((1380, 1500),))),
        ("sat-mon: 9:00-10:00", (((540, 600),), (), (), (), (), ((540, 600),), ((540, 600),))),
        ("mon, wed: 9:00-10:00", (((540, 600),), (), ((540, 600),), (), (), (), ())),
    ],
)
def test_periods(days: str, week: tuple[tuple[tuple[int, int], ...], ...]) -> None:
    """Whole days, touching periods, nights over midnight, ranges over the weekend, and lists of days."""
    found = read(f"version: 1\ntime_zone: Europe/Berlin\nhours:\n  h:\n    {days}\n")
    assert {"h": Schedule(BERLIN, week, always=False)} == found.hours


SPECIAL = """\
version: 1
time_zone: Europe/Berlin
hours:
  office:
    mon-fri: [08:00-12:00, "13:00-18:00"]
    holidays: {country: DE, subdivision: BE}
    days: {2026-12-24: ["09:00-12:00"], 2026-03-08: "10:00-11:00, 22:00-01:00", 2026-12-28: closed}
  montreal: {daily: 22:00-06:00, zone: America/Montreal}
  once: {days: {2026-05-02: 10:00-12:00}}
"""


def test_special_days_holidays_and_a_time_zone_of_their_own() -> None:
    """Women's Day is a holiday in Berlin but open this once, Good Friday is not, and Montreal's night is Montreal's."""
    hours = read(SPECIAL).hours
    office, montreal = hours["office"], hours["montreal"]

    def opens(schedule: Schedule, day: str) -> list[str]:
        begin = datetime.fromisoformat(day).replace(tzinfo=schedule.zone)
        edges = schedule.changes(round(begin.timestamp() * 1000), round(begin.timestamp() * 1000) + 86_400_000)
        return [datetime.fromtimestamp(at / 1000, schedule.zone).strftime("%H:%M") for at, _ in edges]

    assert ["08:00", "12:00", "13:00", "18:00"] == opens(office, "2026-04-02")
    assert [] == opens(office, "2026-04-03")
    assert ["10:00", "11:00", "22:00"] == opens(office, "2026-03-08")
    assert ["09:00", "12:00"] == opens(office, "2026-12-24")
    assert [] == opens(office, "2026-12-28")
    assert ["06:00", "22:00"] == opens(montreal, "2026-07-01")
    assert (ZoneInfo("America/Montreal"), BERLIN) == (montreal.zone, office.zone)
    assert ["10:00", "12:00"] == opens(hours["once"], "2026-05-02")


def test_holidays_do_not_depend_on_what_was_asked_before() -> None:
    """A year is worked out when it is first asked for: in any order the same dates, and equal declarations are equal."""
    holidays = read(SPECIAL).hours["office"].holidays
    assert holidays == read(SPECIAL).hours["office"].holidays == PublicHolidays("DE", "BE")
    found = {year: sorted(PublicHolidays("DE", "BE")(year)) for year in (2031, 2026, 2028)}
    assert found == {year: sorted(PublicHolidays("DE", "BE")(year)) for year in (2026, 2028, 2031)}
    assert (date(2026, 1, 1), date(2026, 3, 8), 10) == (found[2026][0], found[2026][1], len(found[2026]))


def test_a_lunch_is_closed() -> None:
    """The schedule that is made of the file says so at the minute."""
    office = read(GOOD).hours["office"]
    clock = [(11, 59), (12, 0), (12, 59), (13, 0)]
    stamps = [round(datetime(2026, 3, 2, hour, minute, tzinfo=BERLIN).timestamp() * 1000) for hour, minute in clock]
    assert [True, False, False, True] == [office.is_open(stamp) for stamp in stamps]


HEAD = "version: 1\ntime_zone: Europe/Berlin\n"


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("time_zone: Europe/Berlin\n", "centre.yaml:1: the file needs version: add it"),
        ("version: 1\n", "centre.yaml:1: the file needs time_zone: add it"),
        ("version: 1\ntime_zone: Europe/Berln\n", "centre.yaml:2: time_zone cannot be Europe/Berln: did you mean Europe/Berlin?"),
        ("version: 1\ntime_zone: CEST+99\n", "centre.yaml:2: time_zone cannot be CEST+99: write a name such as Europe/Berlin"),
        (HEAD + "quues: {}\n", "centre.yaml:3: the file has no key quues: did you mean queues?"),
        (HEAD + "short_abandon: 5\n", "centre.yaml:3: short_abandon cannot be 5: write it with its unit, for example 5s or 5m"),
        (HEAD + "short_abandon: 1h\n", "centre.yaml:3: short_abandon cannot be 1h: write a time from 0s to 10m"),
        (HEAD + "instant: 11m\n", "centre.yaml:3: instant cannot be 11m: write a time from 0s to 10m"),
        (
            HEAD + "dropout_share: 100%\n",
            "centre.yaml:3: dropout_share cannot be 100%: write a share above 0% and below 100%, for example 10%",
        ),
        (HEAD + "ring_cadence: 0s\n", "centre.yaml:3: ring_cadence cannot be 0s: write a time from 1s to 1m"),
        (
            HEAD + "queues: {}\n",
            "centre.yaml:3: queues is empty: name at least one queue, or leave the key out to take every queue as it comes",
        ),
        (
            HEAD + "queues:\n  billing: {hours: always}\n",
            "centre.yaml:4: the queue billing needs channels: write some of call, chat, email, social, for example channels: [call]",
        ),
        (HEAD + "queues:\n  billing:\n    channels: [cal]\n", "centre.yaml:5: channels cannot hold cal: did you mean call?"),
        (
            HEAD + "queues:\n  billing: {channels: [fax]}\n",
            "centre.yaml:4: channels cannot hold fax: write one of call, chat, email, social",
        ),
        (HEAD + "queues:\n  billing: {channels: [call], hours: ofice}\n", "centre.yaml:4: hours cannot be ofice: write one of always"),
        (
            HEAD + "queues:\n  other: {channels: [call]}\n",
            "centre.yaml:4: a queue cannot be called other: that is where unknown queues count, choose another name",
        ),
        (
            HEAD + "queues:\n  ' ': {channels: [call]}\n",
            "centre.yaml:4: a queue needs a name of 1 to 80 printable signs without blanks around it",
        ),
        (
            HEAD + "hours:\n  always: {mon: 08:00-09:00}\n",
            "centre.yaml:4: opening hours cannot be called always: that word has a meaning of its own, choose another name",
        ),
        (
            HEAD + "hours:\n  h: {monday: 08:00-09:00}\n",
            "centre.yaml:4: monday is no day: write mon, tue, wed, thu, fri, sat, sun, a range such as mon-fri, or daily",
        ),
        (
            HEAD + "hours:\n  h: {mon: 8-12}\n",
            "centre.yaml:4: 8-12 is no period: write from-to on a 24-hour clock, for example 08:00-12:00, or closed",
        ),
        (HEAD + "hours:\n  h: {mon: 08:00-25:00}\n", "centre.yaml:4: 08:00-25:00 is no period: hours go from 00:00 to 24:00"),
        (HEAD + "hours:\n  h: {mon: 08:00-08:00}\n", "centre.yaml:4: 08:00-08:00 is empty: write 00:00-24:00 for the whole day"),
        (HEAD + "hours:\n  h: {mon: '08:00-12:00, 11:00-13:00'}\n", "centre.yaml:4: the periods of mon overlap: write each time once"),
        (HEAD + "hours:\n  h: {fri: 22:00-06:00, sat: 05:00-09:00}\n", "centre.yaml:4: the periods of sat overlap: write each time once"),
        (
            HEAD + "hours:\n  h:\n    mon-fri: 08:00-09:00\n    wed: 08:00-09:00\n",
            "centre.yaml:6: wed is named twice: write all its periods in one place, as 08:00-12:00, 13:00-18:00",
        ),
        (
            HEAD + "hours:\n  h: {mon: 08:00-09:00, days: {24.12.: closed}}\n",
            "centre.yaml:4: 24.12. is no date: write year-month-day, for example 2026-12-24",
        ),
        (
            HEAD + "hours:\n  h: {mon: 08:00-09:00, days: {2026-02-30: closed}}\n",
            "centre.yaml:4: 2026-02-30 is no date: write year-month-day, for example 2026-12-24",
        ),
        (HEAD + "hours:\n  h: {mon: []}\n", "centre.yaml:4: mon is empty: write its periods, for example 08:00-18:00, or closed"),
        (HEAD + "hours:\n  h: {mon: 22:00-06:00, tue: '05:00-07:00'}\n", "centre.yaml:4: the periods of tue overlap: write each time once"),
        (
            HEAD + "hours:\n  h: {mon: 08:00-09:00, holidays: {country: Germany}}\n",
            "centre.yaml:4: country cannot be Germany: write its two letters, for example DE",
        ),
        (
            HEAD + "hours:\n  h: {mon: 08:00-09:00, holidays: {country: DE, subdivision: Berlin}}\n",
            (
                "centre.yaml:4: subdivision cannot be Berlin: "
                "write one of BB, BE, BW, BY, HB, HE, HH, MV, NI, NW, RP, SH, SL, SN, ST, TH, Augsburg"
            ),
        ),
        (HEAD + "hours:\n  h: {mon: 08:00-09:00, zone: Berlin}\n", "centre.yaml:4: zone cannot be Berlin: did you mean Europe/Berlin?"),
        (
            HEAD + "hours:\n  h: {mon: closed}\n",
            "centre.yaml:4: these hours never open: write at least one period, for example mon-fri: 08:00-18:00",
        ),
    ],
)
def test_nonsense_is_refused(text: str, refusal: str) -> None:
    """Each refusal names the line and what to write instead."""
    with pytest.raises(DeclarationError) as refused:
        read(text)
    assert refusal == str(refused.value)


def test_the_centre_that_is_shipped_can_be_read() -> None:
    """deploy/centre.yaml is right, and shows queues of all channels and hours with a break."""
    found = read_centre(ROOT / "deploy/centre.yaml")
    channels = {channel for queue in found.queues.values() for channel in queue.channels}
    assert ({"call", "chat", "email", "social"}, ((480, 720), (780, 1020))) == (channels, found.hours["back-office"].week[0])
