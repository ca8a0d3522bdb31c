"""Write Grafana's dashboards from deploy/observability/grafana/boards.yml.

The source is what people read and review; the JSON is what Grafana loads.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

GRAFANA = Path(__file__).resolve().parents[1] / "deploy/observability/grafana"
PROMETHEUS = {"type": "prometheus", "uid": "prometheus"}
WIDTH = 24
Json = dict[str, Any]


def board_json(board: Json) -> Json:
    """Give one dashboard the frame that is the same for all."""
    return {
        "uid": board["uid"],
        "title": board["title"],
        "tags": ["millage"],
        "schemaVersion": 39,
        "version": 1,
        "editable": False,
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": [variable_json(name) for name in board["variables"]]},
        "panels": list(laid_out(board["panels"])),
    }


def laid_out(panels: list[Json]) -> Iterator[Json]:
    """Place panels in reading order, on a new row when the width is used up."""
    x = y = row = 0
    for number, panel in enumerate(panels, start=1):
        width, height = panel.get("size", [8, 8])
        if x + width > WIDTH:
            x, y = 0, y + row
        row = height
        yield panel_json(number, panel, {"x": x, "y": y, "w": width, "h": height})
        x += width


def panel_json(number: int, panel: Json, where: Json) -> Json:
    steps: list[Json] = [{"color": "green", "value": None}]
    if "red_from" in panel:
        steps.append({"color": "red", "value": panel["red_from"]})
    defaults = {
        "unit": panel.get("unit", "short"),
        "thresholds": {"mode": "absolute", "steps": steps},
    }
    return {
        "id": number,
        "type": panel.get("kind", "timeseries"),
        "title": panel["title"],
        "description": panel.get("about", ""),
        "datasource": PROMETHEUS,
        "gridPos": where,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "targets": [
            {
                "refId": chr(ord("A") + index),
                "datasource": PROMETHEUS,
                "expr": query["expr"],
                "legendFormat": query.get("legend", ""),
            }
            for index, query in enumerate(panel["queries"])
        ],
    }


def variable_json(name: str) -> Json:
    """Let the reader choose among the values of a label."""
    query = f'label_values(up{{job="millage"}}, {name})'
    return {
        "name": name,
        "label": name.title(),
        "type": "query",
        "datasource": PROMETHEUS,
        "query": {"query": query, "refId": name},
        "definition": query,
        "refresh": 2,
        "sort": 1,
    }


def dashboards() -> dict[str, str]:
    """Every dashboard's file name and text."""
    source = yaml.safe_load((GRAFANA / "boards.yml").read_text())
    return {
        f"{board['uid']}.json": json.dumps(board_json(board), indent=2) + "\n"
        for board in source["boards"]
    }


def main() -> int:
    for name, text in dashboards().items():
        (GRAFANA / "dashboards" / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
