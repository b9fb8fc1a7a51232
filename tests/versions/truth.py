"""What one scripted day did to Superset 3.1.3, 4.1.4, 5.0.0 and 6.1.0, and which act each of it is.

`truth-VERSION.jsonl` is the log of the client that did it, the same requests in the same order to every version: per
line who sent what, the answer's HTTP status, and the rows of `logs` that it left. The table here says by hand what each
request is that left any:

line      its line in those files; 22.2 is the second row of a request of which each row is an act of its own
said      where the request said what it wanted: `url` (address, query string or the fields of a form), `body` (only in
          its JSON body), `hidden` (a form whose one field holds the whole request, as the user interface exports)
outcome   what can be known of it from the database alone, in the order of the versions: s(ucceeded), a(ttempted),
          f(ailed), u(nknown), - where it left no row; worked out by hand

In 3.1.3 and 4.1.4 carol's cookie was not accepted: what she did there was answered 401 and left no row.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

VERSIONS = ("3.1.3", "4.1.4", "5.0.0", "6.1.0")
NO_BODIES = "3.1.3"
OUTCOMES = {"s": "succeeded", "a": "attempted", "f": "failed", "u": "unknown"}
EDITS = ("content_change", "access_change", "sharing")
# Rows of nobody: a guest and somebody who did not sign in have no account, and gina's was deleted with her name.
_NOBODY = ("anon", "guest", "gina")


@dataclass(frozen=True, slots=True)
class Act:
    """One act on one version; ids are text as in the relation, None where the row does not tell."""

    source_ref: str
    username: str
    kind: str
    verb: str
    object_type: str
    object_id: str | None
    status: int
    event_outcome: str

    @property
    def refused(self) -> bool:
        """Whether it was refused, invalid, aimed at nothing or sent elsewhere."""
        return self.status >= 300

    @property
    def named(self) -> tuple[str, str, str, str, str | None]:
        """Who did what to which object: the same in every version that can tell."""
        return self.username, self.kind, self.verb, self.object_type, self.object_id


# line  kind        verb        object      id    said   outcome  who: what
_DAY = """
13    page            open        -           -     url    aaaa  alice: welcome
15    browse          list        dashboard   -     url    ssss  alice: dashboard list API
16    browse          list        chart       -     url    ssss  alice: chart list API
17    page            open        dashboard   1     url    aaaa  alice: open dashboard patient-census
18    view            view        dashboard   1     url    ssss  alice: dashboard json
19    browse          read        dashboard   1     url    aaaa  alice: dashboard charts
20    browse          read        dashboard   1     url    ssss  alice: dashboard datasets
21    data_request    query       chart       1     url    aass  alice: chart data
22.1  browser_report  render      chart       1     url    uuuu  alice: browser beacon
22.2  browser_report  render      chart       1     url    uuuu  alice: browser beacon
22.3  browser_report  view        dashboard   1     url    uuuu  alice: browser beacon
23    page            open        dashboard   2     url    --aa  carol: open dashboard orders-overview
24    view            view        dashboard   2     url    --ss  carol: dashboard json
25    browse          read        dashboard   2     url    --aa  carol: dashboard charts
26    browse          read        dashboard   2     url    --ss  carol: dashboard datasets
27    data_request    query       chart       2     url    --ss  carol: chart data
28.1  browser_report  render      chart       2     url    --uu  carol: browser beacon
28.2  browser_report  render      chart       2     url    --uu  carol: browser beacon
28.3  browser_report  view        dashboard   2     url    --uu  carol: browser beacon
29    page            open        dashboard   2     url    aaaa  bob: open dashboard orders-overview
30    view            view        dashboard   2     url    ssss  bob: dashboard json
31    browse          read        dashboard   2     url    aaaa  bob: dashboard charts
32    browse          read        dashboard   2     url    ssss  bob: dashboard datasets
33    data_request    query       chart       3     url    aass  bob: chart data
34.1  browser_report  render      chart       3     url    uuuu  bob: browser beacon
34.2  browser_report  render      chart       3     url    uuuu  bob: browser beacon
34.3  browser_report  view        dashboard   2     url    uuuu  bob: browser beacon
35    page            open        dashboard   1     url    aaaa  alice: open dashboard by id
36    view            view        dashboard   1     url    ssss  alice: dashboard JSON by API token style
37    browse          favourite   dashboard   1     url    aaaa  alice: favorite
38    page            open        chart       1     url    aaaa  alice: explore page
39    view            explore     chart       1     url    aaaa  alice: explore API
40    browser_report  view        chart       1     url    uuuu  alice: browser beacon explore
41    data_request    query       chart       1     url    aass  alice: chart data GET
42    data_request    query       chart       2     url    ssss  alice: legacy explore_json
43    export          export      chart       2     url    ssss  alice: legacy explore_json csv
44    data_request    sample      dataset     1     url    -sss  alice: samples
45    data_request    query       dataset     1     body   aass  alice: drill to detail (samples type)
46    data_request    read_values dataset     1     url    ssss  alice: distinct column values
47    statement       run         database    1     body   ssss  alice: sql ok
50    statement       run         database    1     body   ssss  alice: sql multi statement
51    statement       run         database    1     body   ssss  alice: sql DML
52    statement       run         database    1     body   ssss  alice: sql CTAS
54    statement       run         database    1     body   ssss  alice: sql via API token
57    browse          format      -           -     url    aaaa  alice: format sql
58    browse          list        statement   -     url    ssss  alice: query history
59    content_change  create      saved_query 1     body   ssss  alice: save query
60    browse          read        database    1     url    aaaa  alice: select_star
61    browse          read        database    1     url    -aaa  alice: table metadata
62    export          export      statement   1     url    ssss  alice: SQL Lab CSV export
63    export          export      statement   1     url    ---a  alice: SQL Lab streaming CSV export
65    export          export      dataset     1     body   aass  alice: chart CSV (POST json)
66    export          export      chart       -     hidden aass  alice: chart XLSX (POST form)
67    export          export      chart       1     url    aass  alice: chart CSV full (post-processed)
68    export          export      chart       1     url    uuuu  alice: browser beacon export
69    export          export      dashboard   1     url    uuuu  alice: browser beacon pdf
70    export          export      dashboard   2     url    aaaa  bob: dashboard export zip
71    export          export      chart       2,3   url    aaaa  bob: chart export zip
72    export          export      dataset     2     url    aaaa  admin: dataset export zip
73    export          export      database    1     url    aaaa  admin: database export zip
74    export          export      assets      -     url    aaaa  admin: assets export
75    content_change  update      dashboard   2     url    aaaa  bob: edit dashboard
76    content_change  update      dashboard   1     url    aaaf  bob: edit dashboard forbidden (not owner)
77    content_change  update      dashboard   2     url    aaaa  bob: edit dashboard invalid body
78    content_change  update      dashboard   9999  url    aaaa  bob: edit dashboard 404
79    content_change  update      chart       2     url    ssss  bob: edit chart
80    content_change  create      chart       5     body   ssss  bob: create chart
81    content_change  copy        dashboard   2     url    ssss  bob: copy dashboard
82    content_change  delete      chart       4     url    fsss  bob: delete chart
83    content_change  delete      dashboard   3     url    faaa  bob: delete dashboard
84    content_change  delete      dashboard   3     url    faaa  bob: delete dashboard again (404)
85    content_change  delete      dashboard   1     url    ffff  bob: delete forbidden
86    content_change  create      dashboard   5     body   saaa  bob: make dash to bulk delete
87    content_change  delete      dashboard   5     url    fsss  bob: bulk delete dashboards
88    content_change  update      dataset     1     url    ssss  admin: edit dataset
89    content_change  refresh     dataset     1     url    aaaa  admin: refresh dataset
90    content_change  update      database    1     url    ssss  admin: edit database
91    content_change  create      database    -     body   ffff  admin: create database w/ password (fails to connect)
92    connection_test test        database    -     url    ffff  admin: test_connection w/ password
93    access_change   create      rls_rule    1     body   ssss  admin: RLS create
94    access_change   update      rls_rule    1     url    ssss  admin: RLS edit
95    access_change   create      rls_rule    2     body   aaaa  admin: RLS create 2
96    access_change   delete      rls_rule    2     url    ssss  admin: RLS delete
97    content_change  create      schedule    1     body   ssss  admin: report create
98    content_change  update      schedule    1     url    aaaa  admin: report edit
99    content_change  create      schedule    2     body   ssss  admin: alert create
100   content_change  create      schedule    3     body   aaaa  admin: alert create 2
101   content_change  delete      schedule    3     url    ssss  admin: alert delete
102   sharing         embed       dashboard   2     url    aaaa  admin: embedded set
103   sharing         guest_token dashboard   -     url    ssss  admin: guest token
104   content_change  create      tag         1     body   aaaa  admin: tag create
114   browse          list        -           -     url    ---a  admin: role search (superset API)
124   log_read        read        log         -     url    ssss  admin: action log API
125   access_change   update      account     2     url    ---s  alice: alice changes own name+password
126   page            open        dashboard   1     url    --a-  carol: open dashboard patient-census
128   browse          read        dashboard   1     url    --aa  carol: dashboard charts
131.1 browser_report  render      chart       1     url    --uu  carol: browser beacon
131.2 browser_report  render      chart       1     url    --uu  carol: browser beacon
131.3 browser_report  view        dashboard   1     url    --uu  carol: browser beacon
132   browse          read        dataset     1     url    --aa  carol: forbidden dataset GET
133   page            open        dataset     1     url    --aa  carol: forbidden explore
134   view            explore     dataset     1     url    ---a  carol: forbidden explore API
135   data_request    query       chart       1     url    --ff  carol: forbidden chart data GET
136   content_change  update      dashboard   2     url    --aa  carol: forbidden dashboard PUT
142   page            open        -           -     url    aaaa  anon: anon welcome
144   view            view        dashboard   2     url    ssss  guest: guest embedded dashboard
145   data_request    query       dataset     2     body   aass  guest: guest chart data
146   statement       run         database    1     body   ssss  bob: sql by bob (kept)
148   page            open        dashboard   1     url    --aa  carol: carol opens patient-census after grant
149   view            view        dashboard   1     url    --ss  carol: carol dashboard JSON after grant
157   page            open        dashboard   1     url    aaaa  gina: gina opens patient-census
158   view            view        dashboard   1     url    ssss  gina: gina dashboard JSON
159   export          export      dataset     1     body   aass  gina: gina chart CSV
161   content_change  create      chart       6     body   aaaa  bob: make chart
163   content_change  create      chart       6     body   aaaa  bob: make chart
164   content_change  delete      chart       77777 url    uuuu  bob: delete with forged payload
165   content_change  update      dashboard   2     url    ssss  bob: spoofed dashboard_id
166   content_change  create      chart       6     body   aaaa  bob: make chart
167   content_change  delete      chart       6     url    ssss  bob: delete with ?dashboard_id=99999999999
168   content_change  create      chart       6     body   aaaa  bob: make chart
"""

# What no request of the day did: the objects made before it, and an alert that ran by itself. Rows per version.
# rows                  who     kind            verb    object    id  said  outcome
_BESIDE = """
1-3/1-3/1-3/1-3         admin   content_change  create  database  1   body  ssss
4/4/4/4                 admin   content_change  create  dataset   1   body  ssss
5/5/5/5                 admin   content_change  create  dataset   2   body  ssss
6/6/6/6                 admin   content_change  create  dataset   3   body  ssss
7/7/7/7                 admin   content_change  create  dashboard 1   body  ssss
8/8/8/8                 admin   content_change  create  dashboard 2   body  ssss
9/9/9/9                 admin   content_change  create  dashboard 3   body  saaa
10/10/10/10             admin   content_change  create  chart     1   body  ssss
11/11/11/11             admin   content_change  create  chart     2   body  ssss
12/12/12/12             admin   content_change  create  chart     3   body  ssss
13/13/13/13             admin   content_change  create  chart     4   body  saaa
-/124/199-201/191-192   admin   scheduled_run   run     -         -   url   -sss
"""


@cache
def sent(version: str) -> tuple[dict[str, Any], ...]:
    """Return the lines of the client's log."""
    path = Path(__file__).parents[1] / "data" / f"truth-{version}.jsonl"
    return tuple(json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


def acts(version: str) -> tuple[Act, ...]:
    """Return the acts that left rows in this version."""
    return (*_beside(version), *_of_the_day(version))


def _beside(version: str) -> Iterator[Act]:
    for line in _BESIDE.strip().splitlines():
        rows, who, *said = line.split()
        mine = rows.split("/")[VERSIONS.index(version)]
        if mine != "-":
            yield _act(version, mine, who, 200, said)


def _of_the_day(version: str) -> Iterator[Act]:
    for line in _DAY.strip().splitlines():
        at, *said = line.split()[:7]
        number, _, nth = at.partition(".")
        request = sent(version)[int(number) - 1]
        ids = [row[0] for row in request["rows"]]
        if ids:
            first, last = (ids[int(nth) - 1],) * 2 if nth else (ids[0], ids[-1])
            rows = str(last) if first == last else f"{first}-{last}"
            yield _act(version, rows, request["who"], request["status"], said)


def _act(version: str, rows: str, who: str, status: int, said: list[str]) -> Act:
    kind, verb, object_type, object_id, where, outcomes = said
    outcome = OUTCOMES[outcomes[VERSIONS.index(version)]]
    told: str | None = object_id
    # No row of a creation holds the new id: it is found where the object is still there.
    if object_id == "-" or (verb == "create" and outcome != "succeeded"):
        told = None
    if version == NO_BODIES and kind in ("data_request", "export", "statement") and where != "url":
        told = None
        if kind != "statement":
            kind, verb, object_type = "data_request", "query", "chart"
    return Act(
        source_ref=f"logs:{rows}",
        username="unattributed" if who in _NOBODY else who,
        kind=kind,
        verb=verb,
        object_type="" if object_type == "-" else object_type,
        object_id=told,
        status=status,
        event_outcome=outcome,
    )
