"""What customers say, with a lower bound, because few answers say little; and checklists of evaluated contacts.

An answer counts in the window in which it was given, a survey in the one in which it was sent. The response rate is of those that were
sent in the window, whenever within a week they were answered: so it is no more than 1, and the latest window's may still rise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import sqrt
from typing import Any, Final

from stream.core import facts
from stream.core.measures.entry import COUNT, SUM, Measure, View, counted

Z: Final = 1.959963984540054
"""The quantile of the normal distribution for a two-sided interval of 95 %."""
WILSON: Final = "lower end of the 95 % score interval (Wilson 1927)"


UNSAID: Final = "unsaid"
"""The scale of grades of which nobody says on which scale they are."""
POINTS: Final = "points"
MOST_POINTS: Final = (-100, 100)
"""Between these a Net Promoter Score lies."""


def wilson_low(share: float, n: int) -> float:
    """The lower end of Wilson's 95 % interval of a share that was seen in n answers.

    Also of the mean of numbers from 0 to 1, whose variance is never larger than that of a share.
    """
    if share <= 0:
        return 0.0  # Rounding would leave a trace of something.
    middle = share + Z * Z / (2 * n)
    spread = Z * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return max(0.0, (middle - spread) / (1 + Z * Z / n))


def _rate(view: View, survey: str, n: int) -> dict[str, Any]:
    """How many answers there are; and of how many who were asked how many have answered."""
    sent, replied = view.n(facts.SURVEYS_SENT[survey]), view.n(facts.SURVEYS_REPLIED[survey])
    return {"n": n, "sent": sent, "replied": replied, "response_rate": replied / sent if sent > 0 else None}


def _share(survey: str, asked: str, good: str) -> Callable[[View], dict[str, Any]]:
    def read(view: View) -> dict[str, Any]:
        n = max(0, view.n(asked))
        found = view.share(view.n(good), n)
        return {**found, "low": wilson_low(found["ratio"], n) if n else None, **_rate(view, survey, n)}

    return read


def _nps(view: View) -> dict[str, Any]:
    """Promoters count 1, passives 1/2, detractors 0: the score is twice the mean less one, and so is its lower bound."""
    n = max(0, view.n(facts.NPS))
    promoters, detractors = view.n(facts.NPS_PROMOTERS), view.n(facts.NPS_DETRACTORS)
    score = low = None
    if n:
        score = 100 * (promoters - detractors) / n
        low = 100 * (2 * wilson_low((1 + (promoters - detractors) / n) / 2, n) - 1)
    return {"score": score, "low": low, "promoters": promoters, "detractors": detractors, **_rate(view, "nps", n)}


def _ces(view: View) -> dict[str, Any]:
    """A mean where the answers whose scale is known are of one: those of which nothing is said, as before scales were told, count to it."""
    n = max(0, view.n(facts.CES))
    told = [scale for scale in _ces_by_scale(view) if scale["scale_max"] != UNSAID]
    return {"mean": view.n(f"{facts.CES}+") / n if n and len(told) <= 1 else None, **_rate(view, "ces", n)}


def _ces_by_scale(view: View) -> list[dict[str, Any]]:
    told = sorted((int(scale), n) for scale, n in view.members(facts.CES_SCALE) if scale.isdigit())
    found = [(str(scale), n, view.n(f"{facts.CES_SCALE}{scale}+")) for scale, n in told]
    unsaid = view.n(facts.CES) - sum(n for _, n, _ in found)
    if unsaid > 0:
        found.append((UNSAID, unsaid, view.n(f"{facts.CES}+") - sum(grades for _, _, grades in found)))
    return [{"scale_max": scale, "mean": grades / n, "n": n} for scale, n, grades in found]


def _things_gone_wrong(view: View) -> dict[str, Any]:
    n = max(0, view.n(facts.THINGS_GONE_WRONG))
    things = view.n(f"{facts.THINGS_GONE_WRONG}+")
    return {"per_hundred": 100 * things / n if n else None, "things": things, **_rate(view, "things_gone_wrong", n)}


def _checklist(view: View) -> list[dict[str, Any]]:
    items = sorted(item for item, _ in view.members(facts.EVALUATED_ITEM))
    return [{"item": item, **view.share(view.n(facts.MET_ITEM + item), view.n(facts.EVALUATED_ITEM + item))} for item in items]


def _measure(name: str, help_text: str, unit: str, kind: str, source: str, read: Callable[[View], Any], *kinds: str) -> Measure:
    survey = name if name in facts.SURVEYS_SENT else facts.SUCCESS
    folds = ((facts.SURVEYS_SENT[survey], COUNT), (facts.SURVEYS_REPLIED[survey], COUNT), *((one, COUNT) for one in kinds))
    return Measure(name=name, help=help_text, unit=unit, kind=kind, source=source, folds=folds, read=read)


def _with_sum(measure: Measure, *kinds: str) -> Measure:
    """The same, with the sum of what was answered."""
    return replace(measure, folds=(*measure.folds, *((kind, SUM) for kind in kinds)))


SURVEYS = (
    _measure(
        "csat",
        "Share of the answers with one of the two best grades of the scale that each was asked on, its lower bound, and the response rate.",
        "ratio",
        "ratio",
        f"top-two-box score; {WILSON}",
        _share("csat", facts.CSAT, facts.CSAT_GOOD),
        facts.CSAT,
        facts.CSAT_GOOD,
    ),
    _measure(
        "nps",
        "Percent of 9 and 10 less percent of 0 to 6, from -100 to 100, with its lower bound and the response rate.",
        POINTS,
        "score",
        f"Net Promoter Score; {WILSON}, of (1 + score) / 2",
        _nps,
        facts.NPS,
        facts.NPS_PROMOTERS,
        facts.NPS_DETRACTORS,
    ),
    _with_sum(
        _measure(
            "ces",
            "Mean effort that customers say it took them. Grades of several scales (`scale_max`) have none together, see "
            "`ces_by_scale`; where those that are told are of one scale, grades of which none is told are taken to be of it.",
            "grade",
            "mean",
            "Customer Effort Score",
            _ces,
            facts.CES,
            facts.CES_SCALE,
        ),
        facts.CES,
        facts.CES_SCALE,
    ),
    Measure(
        name="ces_by_scale",
        help="Mean effort by the best grade of the scale that was asked on (`scale_max`), and of how many answers; `unsaid`: none is told.",
        unit="grade",
        kind="table",
        source="Customer Effort Score, scale labelled",
        folds=((facts.CES, COUNT), (facts.CES, SUM), (facts.CES_SCALE, COUNT), (facts.CES_SCALE, SUM)),
        read=_ces_by_scale,
        numbers=("mean",),
    ),
    _with_sum(
        _measure(
            "things_gone_wrong",
            "Things gone wrong per hundred answers.",
            "things per hundred",
            "mean",
            "things gone wrong: count per hundred answers",
            _things_gone_wrong,
            facts.THINGS_GONE_WRONG,
        ),
        facts.THINGS_GONE_WRONG,
    ),
    _measure(
        "awareness",
        "Share of the customers asked who knew, with its lower bound.",
        "ratio",
        "ratio",
        f"customers who knew / asked; {WILSON}",
        _share("awareness", facts.AWARENESS, facts.AWARE),
        facts.AWARENESS,
        facts.AWARE,
    ),
    _measure(
        "customer_success",
        "Share of the customers asked who found what they looked for, with its lower bound.",
        "ratio",
        "ratio",
        f"customers who found what they looked for / asked; {WILSON}",
        _share("success", facts.SUCCESS, facts.SUCCEEDED),
        facts.SUCCESS,
        facts.SUCCEEDED,
    ),
    counted("evaluated", facts.EVALUATED, "Contacts that somebody evaluated.", unit="evaluations", source="evaluation.completed"),
    Measure(
        name="checklist",
        says="Share of the evaluated contacts in which an item of the checklist was met",
        help="By item of the checklists, the share of evaluated contacts in which it was met; at most 200 items in a scope.",
        unit="ratio",
        kind="table",
        source="items met / evaluated, from evaluations",
        folds=((facts.EVALUATED_ITEM, COUNT), (facts.MET_ITEM, COUNT)),
        read=_checklist,
    ),
)
