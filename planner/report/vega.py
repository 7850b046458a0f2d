"""Charts as SVG, drawn by Vega-Lite without a browser or a network."""

from __future__ import annotations

from typing import Any

import vl_convert

from planner.report.book import NAVY
from planner.report.document import Chart, axis_start, shown, waterfall

_WIDTH, _ROW, _HEIGHT = 430, 22, 190
GREY = "#5A6675"
#: How every chart looks, in files and on the screen.
CONFIG: dict[str, Any] = {
    "font": "Liberation Sans, Arial, sans-serif",
    "view": {"stroke": None},
    "axis": {"labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal",
             "labelColor": "#333", "titleColor": GREY, "gridColor": "#E3E7EC",
             "domainColor": "#9AA5B1", "tickColor": "#9AA5B1", "labelLimit": 220},
    "legend": {"labelFontSize": 11, "title": None, "labelLimit": 200, "columns": 3, "orient": "top"},
    "text": {"fontSize": 11},
}  # fmt: skip


def specification(chart: Chart) -> dict[str, Any]:
    """The chart in Vega-Lite's words. Texts of the user are data to Vega, never expressions."""
    draw = {"bars": _bars, "stacked": _stacked, "waterfall": _waterfall, "steps": _steps}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "background": None,
        "config": CONFIG,
        **draw[chart.kind](chart),
    }


def svg(chart: Chart, width: int = _WIDTH) -> str:
    """The chart as an SVG element."""
    spec = {**specification(chart), "width": width}
    drawn = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    return drawn[drawn.index("<svg") :]


def _rows(chart: Chart) -> list[dict[str, Any]]:
    return [
        {"category": category, "series": series.name, "value": value}
        for series in chart.series
        for category, value in zip(chart.categories, series.values, strict=True)
    ]


def _colours(chart: Chart) -> dict[str, Any]:
    return {
        "domain": [series.name for series in chart.series],
        "range": [series.colour for series in chart.series],
    }


def _bars(chart: Chart) -> dict[str, Any]:
    many = len(chart.series) > 1
    order = list(chart.categories)
    encoding: dict[str, Any] = {
        "y": {"field": "category", "type": "nominal", "sort": order, "title": None,
              "axis": {"ticks": False, "domain": False}},
        "x": {"field": "value", "type": "quantitative", "title": chart.unit,
              "axis": {"tickCount": 6}},
        "color": {"field": "series", "type": "nominal", "scale": _colours(chart),
                  "legend": {} if many else None},
    }  # fmt: skip
    if many:
        encoding["yOffset"] = {"field": "series", "sort": [s.name for s in chart.series]}
    return {
        "data": {"values": _rows(chart)},
        "mark": {"type": "bar"},
        "encoding": encoding,
        "height": _ROW * len(order) * (0.5 + 0.5 * len(chart.series)),
    }


def _stacked(chart: Chart) -> dict[str, Any]:
    order = [series.name for series in chart.series]
    rows = [{**row, "place": order.index(row["series"])} for row in _rows(chart)]
    return {
        "data": {"values": rows},
        "mark": {"type": "bar", "width": {"band": 0.6}},
        "encoding": {
            "x": {"field": "category", "type": "nominal", "sort": list(chart.categories),
                  "title": None, "axis": {"labelAngle": 0, "ticks": False}},
            "y": {"field": "value", "type": "quantitative", "stack": "normalize",
                  "title": chart.unit, "axis": {"format": ".0%"}},
            "order": {"field": "place", "type": "quantitative"},
            "color": {"field": "series", "type": "nominal", "scale": _colours(chart),
                      "sort": order, "legend": {}},
        },
        "height": _HEIGHT,
    }  # fmt: skip


def _waterfall(chart: Chart) -> dict[str, Any]:
    bars = waterfall(chart)
    start = axis_start(bars)
    rows = [
        {
            "category": bar.name,
            "low": max(bar.low, start),
            "high": bar.high,
            "colour": bar.colour,
            "words": shown(bar.change * 1000, "signed_musd") if bar.change is not None
            else shown((bar.high or bar.low) * 1000, "musd"),
        }
        for bar in bars
    ]  # fmt: skip
    x = {"field": "category", "type": "nominal", "sort": list(chart.categories), "title": None,
         "axis": {"labelAngle": -30, "ticks": False}}  # fmt: skip
    title = chart.unit if start == 0 else f"{chart.unit}, axis from {start:g}"
    scale = {"domainMin": start} if start else {}
    y = {"field": "high", "type": "quantitative", "title": title, "scale": {"zero": start == 0, **scale}}  # fmt: skip
    return {
        "data": {"values": rows},
        "height": _HEIGHT,
        "layer": [
            {"mark": {"type": "bar", "width": {"band": 0.7}},
             "encoding": {"x": x, "y": y, "y2": {"field": "low"},
                          "color": {"field": "colour", "type": "nominal", "scale": None}}},
            {"mark": {"type": "text", "dy": -7, "color": NAVY},
             "encoding": {"x": x, "y": y, "text": {"field": "words"}}},
        ],
    }  # fmt: skip


def _steps(chart: Chart) -> dict[str, Any]:
    rows = [
        {"series": series.name, "x": x, "value": y, "place": place}
        for series in chart.series
        for place, (x, y) in enumerate(zip(series.xs, series.values, strict=True))
    ]
    return {
        "data": {"values": rows},
        "mark": {"type": "line", "strokeWidth": 2.5},
        "encoding": {
            "x": {"field": "x", "type": "quantitative", "title": chart.unit,
                  "scale": {"zero": False, "nice": True}, "axis": {"tickCount": 6, "format": ",.4~g"}},
            "y": {"field": "value", "type": "quantitative", "axis": {"format": ".0%"},
                  "title": "probability of costing at least that"},
            "order": {"field": "place", "type": "quantitative"},
            "color": {"field": "series", "type": "nominal", "scale": _colours(chart),
                      "sort": [s.name for s in chart.series],
                      "legend": {} if len(chart.series) > 1 else None},
        },
        "height": _HEIGHT,
    }  # fmt: skip
