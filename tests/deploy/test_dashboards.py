"""The Grafana dashboards: fresh, what Grafana's schema knows, and with queries that a Prometheus fed by live workers answers."""

from __future__ import annotations

import contextlib
import json
import math
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from stream.config.centre import read_centre
from stream.config.settings import Settings
from stream.config.standards import read_standards
from stream.core.events import Event, order
from stream.embedded.broker import Broker
from stream.embedded.ports import free_ports
from stream.generate import rules
from stream.intake.canary import send
from stream.intake.deliveries import Disorder
from stream.simulator.day import MONDAY, simulate
from stream.simulator.features import ALL
from stream.sinks import families as f
from stream.sinks.families import FAMILIES
from stream.verify.run import Promises, playing
from tests.deploy.alerting import prometheus, wait_until
from tests.deploy.panel_truth import NEVER_THERE, differing, wanted
from tests.deploy.survival import ask, truth
from tools.dashboards.__main__ import made
from tools.dashboards.panels import CHOICES

DEPLOY: Final = Path(__file__).parents[2] / "deploy"
WANTED: Final = made(DEPLOY)
BOARDS: Final[dict[str, dict[str, Any]]] = {path.stem: json.loads(text) for path, text in WANTED.items()}
UIDS: Final = {f"answerable-{name}" for name in ("wallboard", "standards", "queues", "responses", "agents", "pipeline")}
UNITS: Final = {"short", "none", "s", "percentunit", "eps"}
UNTIL: Final = 1_772_445_600_000
"""11 o'clock in Berlin, in the rush of the morning."""
COUNTED: Final = (f.STANDARD_CONTACTS.name, f.STANDARD_BREACHES.name)
PLAYED_SECONDS: Final = 12.0
WITHOUT_DATA: Final = {
    ("answerable-queues", "Drop-out threshold"): "needs a closed day with a hundred abandons",
    ("answerable-pipeline", "Delay of nine events in ten"): "is known where workers go by the wall clock, and these go by the played one",
}
"""Panels whose queries may find nothing in the morning that is played, and why. Whichever finds something is to be taken off."""


def panels() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every panel with the dashboard that it is on."""
    for uid, board in BOARDS.items():
        for panel in board["panels"]:
            yield uid, panel


def queries() -> Iterator[tuple[str, str, str]]:
    """Every query: dashboard, panel, PromQL."""
    for uid, panel in panels():
        for target in panel["targets"]:
            yield uid, panel["title"], target["expr"]


def test_the_shipped_dashboards_are_what_the_code_makes() -> None:
    """`make generate` makes them anew; none is left over."""
    assert {path.name: text for path, text in WANTED.items()} == {
        path.name: path.read_text(encoding="utf-8") for path in (DEPLOY / "grafana" / "dashboards").iterdir()
    }
    assert UIDS == BOARDS.keys() == {board["uid"] for board in BOARDS.values()}


@pytest.mark.parametrize("uid", sorted(UIDS))
def test_grafanas_schema_knows_every_key(uid: str) -> None:
    """What it does not know is lost on the way through its types and back."""
    register_default_plugins()
    again = json.loads(json.dumps(Dashboard.from_json(BOARDS[uid]), cls=JSONEncoder))
    assert BOARDS[uid] == again


def test_every_alert_links_to_a_dashboard_and_variables_that_exist() -> None:
    """A link with another uid or variable would open something else."""
    standards = read_standards(DEPLOY / "standards.yaml", read_centre(DEPLOY / "centre.yaml"))
    found = json.dumps(rules.files(standards, read_centre(DEPLOY / "centre.yaml")))
    for uid, asked in re.findall(r"/d/([a-z-]+)\??([^\"]*)\"", found):
        named = {variable["name"] for variable in BOARDS[uid]["templating"]["list"]}
        assert set(re.findall(r"var-(\w+)=", asked)) <= named


def test_dashboards_keep_to_the_conventions() -> None:
    """Not for editing, one data source to choose, choices that follow the time, links to the others with choice and time."""
    for board in BOARDS.values():
        first, *others = board["templating"]["list"]
        assert (False, ["answerable"], "datasource", "Data source") == (board["editable"], board["tags"], first["name"], first["label"])
        assert [] == [
            one["name"] for one in others if (one["refresh"], one["multi"], one["includeAll"], one["allValue"]) != (2, True, True, ".*")
        ]
        assert [("dashboards", ["answerable"], True, True)] == [
            (link["type"], link["tags"], link["keepTime"], link["includeVars"]) for link in board["links"]
        ]
        used = set(re.findall(r"\$(\w+)", " ".join(target["expr"] for panel in board["panels"] for target in panel["targets"])))
        assert {one["name"] for one in others} == used - {"__range", "__rate_interval"}


def test_panels_keep_to_the_conventions() -> None:
    """Each says what it shows, in which unit, from which source, and what stands there when there is nothing."""
    for uid, panel in panels():
        where, defaults = f"{uid}: {panel['title']}", panel["fieldConfig"]["defaults"]
        assert panel["description"], where
        assert defaults["unit"] in UNITS, where
        assert defaults["noValue"], where
        assert {"${datasource}"} == {part["datasource"]["uid"] for part in (panel, *panel["targets"])}, where
        assert [chr(ord("A") + at) for at in range(len(panel["targets"]))] == [target["refId"] for target in panel["targets"]], where
        assert all(target["expr"].count("$__range") == 0 or panel.get("timeFrom") == "now/d" for target in panel["targets"]), where
    for board in BOARDS.values():
        numbers = [panel["id"] for panel in board["panels"]]
        cells = [
            (place["x"] + x, place["y"] + y)
            for panel in board["panels"]
            for place in [panel["gridPos"]]
            for x in range(place["w"])
            for y in range(place["h"])
        ]
        assert (len(set(numbers)), len(set(cells)), True) == (len(numbers), len(cells), max(x for x, _ in cells) < 24)


def test_every_series_that_is_asked_for_exists() -> None:
    """Each name is one of a family, or one that the shipped rules record."""
    known = {rule["record"] for path in (DEPLOY / "prometheus" / "rules").iterdir() for rule in _rules(path) if "record" in rule}
    for family in FAMILIES:
        known |= {f"{family.name}_{part}" for part in ("bucket", "sum", "count")} if family.kind == "histogram" else {family.name}
    named = {name for _, _, query in queries() for name in re.findall(r"[a-z_]*:?cc_[a-z_]+[a-z0-9_:]*", query)} | set(CHOICES.values())
    assert set() == named - known


def test_every_label_that_is_chosen_by_exists() -> None:
    """A choice by a label that a series lacks leaves the panel empty as soon as anything is chosen."""
    # Workers show the histograms of contacts by channel alone.
    labels = {
        f"{family.name}{part}": set(family.labels) - ({"queue"} if family.kind == "histogram" else set())
        for family in FAMILIES
        for part in ("", "_bucket", "_sum", "_count")
    }
    wrong = [
        (uid, title, label)
        for uid, title, query in queries()
        for name, chosen in re.findall(r"(cc_[a-z_]+)(?::[a-z0-9_]+)?\{([^}]*)\}", query)
        for label in re.findall(r"(\w+)(?:=~|=|!=|!~)", chosen)
        if name in labels and label not in labels[name]
    ]
    assert [] == wrong


def _rules(path: Path) -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]]


def morning(place: Path) -> tuple[Promises, list[Event]]:
    """A Monday with everything that can happen, up to the rush of the morning, and the shipped centre with its people named.

    Every second person is in another team, and each has figures of their own.
    """
    shipped = read_centre(DEPLOY / "centre.yaml")
    played = simulate(shipped, day=MONDAY, seed=3, scale=0.3, features=ALL).events
    events = sorted((event for event in [*played, *bad_minutes()] if event.time <= UNTIL), key=order)
    people = sorted({event.data["agent_id"] for event in events if event.data.get("agent_id")})
    declared = yaml.safe_load((DEPLOY / "centre.yaml").read_text())
    declared["agent_figures"] = "id"
    declared["agents"] = {name: {"team": ("accounts", "technical")[at % 2]} for at, name in enumerate(people)}
    (place / "centre.yaml").write_text(yaml.safe_dump(declared))
    centre = read_centre(place / "centre.yaml")
    standards = read_standards(DEPLOY / "standards.yaml", centre)
    files = {"centre_file": place / "centre.yaml", "standards_file": DEPLOY / "standards.yaml"}
    return Promises(centre=centre, standards=standards, **files), events


def bad_minutes() -> Iterator[Event]:
    """Forty callers give up in sales, the last eight still wait at the end: without them nothing would be in breach."""
    for number in range(48):
        contact, at = f"bad-{number}", UNTIL - (1_000 - 20 * number) * 1_000
        data = {"contact_id": contact, "queue": "sales", "channel": "call"}
        yield Event(at, "contact.offered", contact, f"bad|{contact}-1", data)
        if number < 40:
            yield Event(at + 40_000, "contact.abandoned", contact, f"bad|{contact}-2", {"contact_id": contact})


def asked(query: str) -> str:
    """A query as Grafana would send it with everything chosen, of the last hour.

    The steps of a subquery are the 15 seconds from scrape to scrape; here a whole morning passes within fewer, and each second is scraped.
    """
    timed = query.replace("$__range", "1h").replace("$__rate_interval", "1m").replace(":15s]", ":1s]")
    return re.sub(r"\$(standard|queue|channel)", ".*", timed)


@pytest.mark.timeout(480)
def test_every_query_of_every_panel_finds_something(broker: Broker, prometheus_binary: Path, tmp_path: Path) -> None:
    """A morning goes through Kafka and two workers into a Prometheus; each query is answered, and with data where there can be any."""
    promises, events = morning(tmp_path)
    ports = free_ports(2)
    with ExitStack() as parts:
        play = parts.enter_context(playing(Settings(bootstrap_servers=broker.bootstrap), promises, tmp_path, 2, ports=ports))
        targets = [f"127.0.0.1:{port}" for port in ports]
        at = parts.enter_context(prometheus(prometheus_binary, targets, (), promises.standards, tmp_path / "prometheus", hasty=True))
        wait_until("the counters stand at 0", lambda: bool(ask(at, CHOICES["queue"])), 60)
        speed = (events[-1].time - events[0].time) / 1000 / PLAYED_SECONDS
        play.begin(events, Disorder(), speed=speed)
        play.let(PLAYED_SECONDS / 2)
        send(play.settings, events[-1].time)
        play.finish(events[-1].time)
        empty: dict[tuple[str, str], list[str]] = {}

        def all_found() -> bool:
            empty.clear()
            for uid, title, query in queries():
                if all(math.isnan(float(one["value"][1])) for one in ask(at, asked(query))):
                    empty.setdefault((uid, title), []).append(query)
            return empty.keys() <= WITHOUT_DATA.keys()

        try:
            wait_until("every query finds something", all_found, 60)
        except AssertionError:
            unexpected = {where: found for where, found in empty.items() if where not in WITHOUT_DATA}
            assert {} == unexpected
            raise
        assert WITHOUT_DATA.keys() == empty.keys()
        assert_misses_left(at, promises, events)
        expected = wanted(promises, events)
        assert NEVER_THERE == {panel for panel, values in expected.items() if not any(values.values())}
        numbered = [
            ((uid, panel["title"], number), asked(target["expr"]))
            for uid, panel in panels()
            for number, target in enumerate(panel["targets"])
        ]
        with contextlib.suppress(AssertionError):
            wait_until("the panels show the replay's figures", lambda: not differing(at, expected, numbered), 60)
        assert {} == differing(at, expected, numbered)


def assert_misses_left(prometheus: str, promises: Promises, events: list[Event]) -> None:
    """The panel says what the replay of the same events leaves, as exactly as increase() counts over the seconds of a test: to 5 %."""
    counted = truth(events, promises.centre, promises.standards)
    contacts, misses = ({labels: value for (name, labels), value in counted.items() if name == family} for family in COUNTED)
    may_miss = {
        one.name: one.objective if one.measure == "abandonment" else 1 - one.objective
        for one in promises.standards
        if one.form == "percentage"
    }
    wanted = {
        labels: may_miss[standard] * counts - misses.get(labels, 0.0)
        for labels, counts in contacts.items()
        if counts and (standard := dict(labels)["standard"]) in may_miss
    }
    (query,) = (query for _, title, query in queries() if title == "Misses left today")
    found = {tuple(sorted(one["metric"].items())): float(one["value"][1]) for one in ask(prometheus, asked(query))}
    assert len(wanted) > 3
    far = {labels: (found.get(labels), value) for labels, value in wanted.items() if not near(found.get(labels), value, contacts[labels])}
    assert {} == far


def near(found: float | None, wanted: float, contacts: float) -> bool:
    """Whether whole misses are what is wanted, rounded down, give and take 5 % of the contacts that both come of."""
    return found is not None and abs(found - wanted) <= 1 + 0.05 * contacts
