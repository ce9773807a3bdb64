"""Panels and dashboards: what is the same for all of them stands here once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from stream.generate.promised import Own, Step
from stream.generate.recorded import recorded
from stream.sinks import families as f

Kind: TypeAlias = Literal["stat", "timeseries", "table", "bargauge"]
Builder: TypeAlias = stat.Panel | timeseries.Panel | table.Panel | bargauge.Panel

TAG: Final = "answerable"
SOURCE: Final = common_models.DataSourceRef(type_val="prometheus", uid="${datasource}")
PLAIN: Final[tuple[Step, ...]] = ((None, "text"),)
NONE_IS_GOOD: Final[tuple[Step, ...]] = ((None, "green"), (1, "red"))
ALL: Final = ".*"
WIDTH: Final = 24
KINDS: Final[dict[Kind, type[Builder]]] = {
    "stat": stat.Panel,
    "timeseries": timeseries.Panel,
    "table": table.Panel,
    "bargauge": bargauge.Panel,
}
CHOICES: Final = {
    "standard": recorded(f.STANDARD_BREACHED, f.STANDARD_BREACHED.name),
    "queue": recorded(f.TOTALS["offered"], f.TOTALS["offered"].name),
    "channel": recorded(f.TOTALS["offered"], f.TOTALS["offered"].name),
}
"""The variables, and the series whose labels they offer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel.

    queries: PromQL and legend. steps, own: colours of all series, and of those that have their own. none: what stands there without
    data. today: over the day so far, whatever the dashboard shows.
    """

    kind: Kind
    title: str
    about: str
    unit: str
    queries: Sequence[tuple[str, str]]
    steps: Sequence[Step] = PLAIN
    own: Sequence[Own] = ()
    width: int = 6
    height: int = 5
    none: str = "no data"
    today: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One dashboard."""

    uid: str
    title: str
    about: str
    variables: Sequence[str]
    panels: Sequence[Panel]
    span: str = "now-6h"
    refresh: str = "30s"


def text(board: Board) -> str:
    """The dashboard as Grafana reads it."""
    return json.dumps(built(board), cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def built(board: Board) -> models.Dashboard:
    """Put a dashboard together: variables, links to the others with the same choice and time, panels from left to right."""
    made = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .description(board.about)
        .tags([TAG])
        .readonly()
        .refresh(board.refresh)
        .time(board.span, "now")
        .with_variable(dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"))
        .link(
            dashboard.DashboardLink("Answerable").type(models.DashboardLinkType.DASHBOARDS).tags([TAG]).keep_time(True).include_vars(True)
        )
    )
    for name in board.variables:
        made.with_variable(_variable(name))
    at = _Place()
    for number, panel in enumerate(board.panels, 1):
        made.with_panel(_panel(panel, number, at.take(panel)))
    return made.build()


@dataclass(slots=True)
class _Place:
    """Where the next panel goes: to the right while there is room, then below the highest."""

    x: int = 0
    y: int = 0
    tall: int = 0

    def take(self, panel: Panel) -> models.GridPos:
        if self.x + panel.width > WIDTH:
            self.x, self.y, self.tall = 0, self.y + self.tall, 0
        found = models.GridPos(h=panel.height, w=panel.width, x=self.x, y=self.y)
        self.x, self.tall = self.x + panel.width, max(self.tall, panel.height)
        return found


def _variable(name: str) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(name)
        .label(name.capitalize())
        .datasource(SOURCE)
        .query(f"label_values({CHOICES[name]}, {name})")
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(ALL)
        .current(models.VariableOption(text="All", value="$__all"))
    )


def _panel(panel: Panel, number: int, place: models.GridPos) -> Builder:
    made: Builder = KINDS[panel.kind]()
    made.id(number).title(panel.title).description(panel.about).datasource(SOURCE).grid_pos(place)
    made.unit(panel.unit).no_value(panel.none)
    made.thresholds(_thresholds(panel.steps))
    for series, steps in panel.own:
        made.override_by_regexp(series, [models.DynamicConfigValue(id_val="thresholds", value=_thresholds(steps).build())])
    for at, (query, legend) in enumerate(panel.queries):
        made.with_target(_target(panel, query, legend, chr(ord("A") + at)))
    if panel.today:
        made.time_from("now/d")
    if isinstance(made, stat.Panel | bargauge.Panel):
        made.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    if isinstance(made, bargauge.Panel):
        made.orientation(common_models.VizOrientation.HORIZONTAL)
    if isinstance(made, table.Panel):
        made.with_transformation(models.DataTransformerConfig(id_val="merge", options={}))
        hidden = dict.fromkeys(("Time", "job"), True)
        renamed = {f"Value #{chr(ord('A') + at)}": legend for at, (_, legend) in enumerate(panel.queries)}
        made.with_transformation(
            models.DataTransformerConfig(id_val="organize", options={"excludeByName": hidden, "renameByName": renamed})
        )
    return made


def _thresholds(steps: Sequence[Step]) -> dashboard.ThresholdsConfig:
    made = [models.Threshold(value=value, color=colour) for value, colour in steps]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(made)


def _target(panel: Panel, query: str, legend: str, name: str) -> prometheus.Dataquery:
    target = prometheus.Dataquery().ref_id(name).expr(query).legend_format(legend).datasource(SOURCE)
    if panel.kind == "timeseries":
        return target.range()
    return target.instant().format(PromQueryFormat.TABLE if panel.kind == "table" else PromQueryFormat.TIME_SERIES)
