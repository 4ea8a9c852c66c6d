#!/usr/bin/env python3
"""Makes okta.ndjson (saved objects of OpenSearch Dashboards) and alerts/*.json (bodies for Logz.io's alert API) from topics.py.

  deploy/logzio/make.py           writes them
  deploy/logzio/make.py --check   says whether they are as this would write them
"""

import json
import sys
from pathlib import Path

import topics

HERE = Path(__file__).resolve().parent

# Each account sees its logs as one index pattern of this name.
INDEX_PATTERN = "logzioCustomerIndex*"
INDEX_REFERENCE = "kibanaSavedObjectMeta.searchSourceJSON.index"
# The forms that OpenSearch Dashboards 1 and 2 write; newer ones bring them up to date as they import them.
FORM = {"search": "7.9.3", "visualization": "7.10.0", "dashboard": "7.9.3"}
PREFIX = "hookline-okta-"
ALL = "type:okta"


def text(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def within_okta(query):
    return f"{ALL} AND {query}" if query else ALL


def saved(kind, name, attributes, references):
    return {"id": PREFIX + name, "type": kind, "attributes": attributes, "references": references,
            "migrationVersion": {kind: FORM[kind]}}


def search_source(query):
    return {"searchSourceJSON": text({"query": {"query": within_okta(query), "language": "lucene"}, "filter": [],
                                      "indexRefName": INDEX_REFERENCE})}


def index_reference():
    return {"name": INDEX_REFERENCE, "type": "index-pattern", "id": INDEX_PATTERN}


def search(name):
    title, description, query, columns = topics.SEARCHES[name]
    return saved("search", name, {
        "title": title, "description": description, "hits": 0, "columns": columns, "sort": [["@timestamp", "desc"]], "version": 1,
        "kibanaSavedObjectMeta": search_source(query)}, [index_reference()])


def metrics(counted):
    for number, (kind, field, label) in enumerate(counted, 1):
        yield {"id": str(number), "enabled": True, "type": kind, "schema": "metric",
               "params": {"customLabel": label} | ({"field": field} if field else {})}


def terms(number, schema, field, size):
    return {"id": str(number), "enabled": True, "type": "terms", "schema": schema, "params": {
        "field": field, "orderBy": "1", "order": "desc", "size": size, "otherBucket": schema != "bucket",
        "otherBucketLabel": "others", "missingBucket": False, "missingBucketLabel": "none"}}


def bars(counted, fields):
    axis = {"show": True, "style": {}, "labels": {"show": True, "truncate": 100}}
    params = {
        "type": "histogram", "grid": {"categoryLines": False}, "addTooltip": True, "addLegend": True, "legendPosition": "right",
        "times": [], "addTimeMarker": False, "labels": {"show": False},
        "thresholdLine": {"show": False, "value": 10, "width": 1, "style": "full", "color": "#E7664C"},
        "categoryAxes": [axis | {"id": "CategoryAxis-1", "type": "category", "position": "bottom", "scale": {"type": "linear"},
                                 "title": {}}],
        "valueAxes": [axis | {"id": "ValueAxis-1", "name": "LeftAxis-1", "type": "value", "position": "left",
                              "scale": {"type": "linear", "mode": "normal"}, "title": {"text": counted[0][2]}}],
        "seriesParams": [{"show": True, "type": "histogram", "mode": "stacked", "valueAxis": "ValueAxis-1", "lineWidth": 2,
                          "data": {"label": counted[0][2], "id": "1"}, "drawLinesBetweenPoints": True, "showCircles": True}]}
    split = [{"id": "2", "enabled": True, "type": "date_histogram", "schema": "segment", "params": {
        "field": topics.OVER_TIME, "interval": "auto", "drop_partials": False, "min_doc_count": 1, "extended_bounds": {}}}]
    return "histogram", params, split + [terms(number, "group", field, 10) for number, field in enumerate(fields, 3)]


def pie(counted, fields):
    params = {"type": "pie", "addTooltip": True, "addLegend": True, "legendPosition": "right", "isDonut": True,
              "labels": {"show": False, "values": True, "last_level": True, "truncate": 100}}
    return "pie", params, [terms(number, "segment", field, 10) for number, field in enumerate(fields, len(counted) + 1)]


def table(counted, fields):
    params = {"perPage": 10, "showPartialRows": False, "showMetricsAtAllLevels": False, "showTotal": False, "totalFunc": "sum",
              "percentageCol": "", "sort": {"columnIndex": None, "direction": None}}
    return "table", params, [terms(number, "bucket", field, 20) for number, field in enumerate(fields, len(counted) + 1)]


def metric(counted, filters):
    params = {"type": "metric", "addTooltip": True, "addLegend": False, "metric": {
        "percentageMode": False, "useRanges": False, "colorSchema": "Green to Red", "metricColorMode": "None",
        "colorsRange": [{"from": 0, "to": 10000}], "labels": {"show": True}, "invertColors": False,
        "style": {"bgFill": "#000", "bgColor": False, "labelColor": False, "subText": "", "fontSize": 36}}}
    split = [{"id": str(len(counted) + 1), "enabled": True, "type": "filters", "schema": "group", "params": {"filters": [
        {"input": {"query": query, "language": "lucene"}, "label": label} for label, query in filters]}}]
    return "metric", params, split


KINDS = {"bars": bars, "pie": pie, "table": table, "metric": metric}


def visualization(name):
    kind, title, query, counted, splits = topics.PANELS[name]
    kind, params, split = KINDS[kind](counted, splits)
    title = f"Okta: {title}"
    return saved("visualization", name, {
        "title": title, "description": "", "uiStateJSON": "{}", "version": 1,
        "visState": text({"title": title, "type": kind, "params": params, "aggs": [*metrics(counted), *split]}),
        "kibanaSavedObjectMeta": search_source(query)}, [index_reference()])


def dashboard():
    name, title, description, rows = topics.DASHBOARD
    panels, references, top = [], [], 0
    for row, height in rows:
        left = 0
        for part, width in row:
            number = len(panels)
            panels.append({"version": "7.9.3", "panelIndex": str(number + 1), "embeddableConfig": {},
                           "panelRefName": f"panel_{number}",
                           "gridData": {"x": left, "y": top, "w": width, "h": height, "i": str(number + 1)}})
            references.append({"name": f"panel_{number}", "id": PREFIX + part,
                               "type": "visualization" if part in topics.PANELS else "search"})
            left += width
        top += height
    return saved("dashboard", name, {
        "title": title, "description": description, "hits": 0, "version": 1, "panelsJSON": text(panels),
        "optionsJSON": text({"hidePanelTitles": False, "useMargins": True}),
        "timeRestore": True, "timeFrom": "now-24h", "timeTo": "now", "refreshInterval": {"pause": True, "value": 0},
        "kibanaSavedObjectMeta": {"searchSourceJSON": text({"query": {"query": "", "language": "lucene"}, "filter": []})}},
        references)


def part_of_alert(part):
    kind = "UNIQUE_COUNT" if part["unique"] else "COUNT" if part["by"] else "NONE"
    aggregation = {"aggregationType": kind} | ({"fieldToAggregateOn": part["unique"]} if part["unique"] else {})
    # What is grouped is sent as groups; single events are sent whole.
    return {"queryDefinition": {"query": within_okta(part["query"]), "filters": {"bool": {"must": [], "must_not": []}},
                                "groupBy": part["by"], "aggregation": aggregation, "shouldQueryOnAllAccounts": True},
            "trigger": {"operator": part["operator"], "severityThresholdTiers": part["tiers"]},
            "output": {"shouldUseAllFields": True}}


def alert(name):
    title, description, when = topics.ALERTS[name]
    body = {"title": title, "description": description, "tags": ["hookline", "okta"],
            "output": {"recipients": {"emails": [], "notificationEndpointIds": []},
                       "suppressNotificationsMinutes": when["minutes"], "type": "JSON"},
            "searchTimeFrameMinutes": when["minutes"], "subComponents": [part_of_alert(part) for part in when["parts"]],
            "enabled": True}
    if when["join"]:
        body["correlations"] = {"correlationOperators": ["AND"], "joins": [{"0": when["join"], "1": when["join"]}]}
    return body


def files():
    """{path: content} of all that is made."""
    objects = [*map(search, topics.SEARCHES), *map(visualization, topics.PANELS), dashboard()]
    made = {HERE / "okta.ndjson": "".join(text(one) + "\n" for one in objects)}
    for name in topics.ALERTS:
        made[HERE / "alerts" / f"{name}.json"] = json.dumps(alert(name), indent=2, ensure_ascii=False) + "\n"
    return made


def main(words):
    made = files()
    there = {HERE / "okta.ndjson", *(HERE / "alerts").glob("*.json")}
    if words == ["--check"]:
        stale = sorted(str(path.relative_to(HERE)) for path in there | set(made)
                       if not path.exists() or made.get(path) != path.read_text())
        print(f"not as make.py would write it: {', '.join(stale)}" if stale else f"{len(made)} files are as they should be")
        return 1 if stale else 0
    if words:
        print(__doc__)
        return 64
    (HERE / "alerts").mkdir(exist_ok=True)
    for path in there - set(made):
        path.unlink(missing_ok=True)
    for path, content in made.items():
        path.write_text(content)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
