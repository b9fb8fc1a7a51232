"""What was done to each of four Supersets on the same scripted day, and where its rows in `logs` are.

Written down from the log of the client that did it. One line per act that opens a dashboard, asks for data, runs SQL,
takes something out or changes something; pages, lists and reports of browsers are left out.

said      where the request said what it wanted: `url` (address, query string or the fields of a form), `body` (only in
          its JSON body), `hidden` (a form whose one field holds the whole request, as the user interface exports)
rows      its rows in 3.1.3, 4.1.4, 5.0.0 and 6.1.0; - where it left none
status    the answer's HTTP status: one for all four, or one each
outcome   what can be known of it from the database alone, in the same order: s(ucceeded), a(ttempted), f(ailed),
          u(nknown); worked out by hand

In 3.1.3 and 4.1.4 carol's cookie was not accepted: what she did there was answered 401 and left no row.
"""

from __future__ import annotations

from dataclasses import dataclass

VERSIONS = ("3.1.3", "4.1.4", "5.0.0", "6.1.0")
NO_BODIES = "3.1.3"
OUTCOMES = {"s": "succeeded", "a": "attempted", "f": "failed", "u": "unknown"}


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
        """Whether it was refused, invalid or aimed at nothing."""
        return self.status >= 400

    @property
    def named(self) -> tuple[str, str, str, str, str | None]:
        """Who did what to which object: the same in every version that can tell."""
        return self.username, self.kind, self.verb, self.object_type, self.object_id


# who        kind           verb        object      id    said   3.1.3 4.1.4   5.0.0   6.1.0   status          outcome
_TABLE = """
admin        content_change create      database    1     body   1-3   1-3     1-3     1-3     201             ssss
admin        content_change create      dataset     1     body   4     4       4       4       201             ssss
admin        content_change create      dataset     2     body   5     5       5       5       201             ssss
admin        content_change create      dataset     3     body   6     6       6       6       201             ssss
admin        content_change create      dashboard   1     body   7     7       7       7       201             ssss
admin        content_change create      dashboard   2     body   8     8       8       8       201             ssss
admin        content_change create      dashboard   3     body   9     9       9       9       201             saaa
admin        content_change create      chart       1     body   10    10      10      10      201             ssss
admin        content_change create      chart       2     body   11    11      11      11      201             ssss
admin        content_change create      chart       3     body   12    12      12      12      201             ssss
admin        content_change create      chart       4     body   13    13      13      13      201             saaa
alice        view           view        dashboard   1     url    18    18      18      19      200             ssss
alice        data_request   query       chart       1     url    21    21-22   21-27   22-27   200             aass
carol        view           view        dashboard   2     url    -     -       32      32      401/401/200/200 --ss
carol        data_request   query       chart       2     url    -     -       35-41   35-40   401/401/200/200 --ss
bob          view           view        dashboard   2     url    26    27      46      45      200             ssss
bob          data_request   query       chart       3     url    29    30-31   49-55   48-53   200             aass
alice        view           view        dashboard   1     url    34    36      60      58      200             ssss
alice        view           explore     chart       1     url    37    39      63      61      200             aaaa
alice        data_request   query       chart       1     url    39    41-42   65-71   63-68   200             aass
alice        data_request   query       chart       2     url    40    43-44   72-75   69-71   200             ssss
alice        export         export      chart       2     url    41    45-46   76-79   72-74   200             ssss
alice        data_request   sample      dataset     1     url    -     47-48   80-87   75-80   200             -sss
alice        data_request   query       dataset     1     body   42    49-50   88-94   81-86   200             aass
alice        data_request   read_values dataset     1     url    43    51      95      87      200             ssss
alice        statement      run         database    1     body   44    52-53   96-97   88-89   200             ssss
alice        statement      run         database    1     body   45    54-56   98-100  90-92   200             ssss
alice        statement      run         database    1     body   46    57-58   101-102 93-94   200             ssss
alice        statement      run         database    1     body   47    59-60   103-104 95-96   200             ssss
alice        statement      run         database    1     body   48    61-62   105-106 97-98   200             ssss
alice        content_change create      saved_query 1     body   51    65      109     101     201             ssss
alice        export         export      statement   1     url    53    68-69   112-115 104-106 200             ssss
alice        export         export      statement   1     url    -     -       -       107     404/404/404/200 ---a
alice        export         export      dataset     1     body   54    70-71   116-121 108-112 200             aass
alice        export         export      chart       -     hidden 55    72-73   122-127 113-117 200             aass
alice        export         export      chart       1     url    56    74-75   128-134 118-123 200             aass
bob          export         export      dashboard   2     url    59    78      137     126     200             aaaa
bob          export         export      chart       2,3   url    60    79      138     127     200             aaaa
admin        export         export      dataset     2     url    61    80      139     128     200             aaaa
admin        export         export      database    1     url    62    81      140     129     200             aaaa
admin        export         export      assets      -     url    63    82      141     130     200             aaaa
bob          content_change update      dashboard   2     url    64    83      142     131     200             aaaa
bob          content_change update      dashboard   1     url    65    84      143     132     403             aaaf
bob          content_change update      dashboard   2     url    66    85      144     133     400             aaaa
bob          content_change update      dashboard   9999  url    67    86      145     134     404             aaaa
bob          content_change update      chart       2     url    68    87      146     135     200             ssss
bob          content_change create      chart       5     body   69    88      147     136     201             ssss
bob          content_change copy        dashboard   2     url    70    89      148     137     200             ssss
bob          content_change delete      chart       4     url    71    90      149     138     422/200/200/200 fsss
bob          content_change delete      dashboard   3     url    72    91      150     139     422/200/200/200 faaa
bob          content_change delete      dashboard   3     url    73    92      151     140     422/404/404/404 faaa
bob          content_change delete      dashboard   1     url    74    93      152     141     403             ffff
bob          content_change create      dashboard   5     body   75    94      153     142     201             saaa
bob          content_change delete      dashboard   5     url    76    95      154     143     422/200/200/200 fsss
admin        content_change update      dataset     1     url    77    96      155     144     200             ssss
admin        content_change refresh     dataset     1     url    78    97      156     145-147 200             aaaa
admin        content_change update      database    1     url    79    98      157     148     200             ssss
admin        content_change create      database    -     body   80-83 99-102  158-161 149-152 422/422/422/400 ffff
admin        access_change  create      rls_rule    1     body   86    105     164     155     201             ssss
admin        access_change  update      rls_rule    1     url    87    106     165     156     201/201/201/200 ssss
admin        access_change  create      rls_rule    2     body   88    107     166     157     201             aaaa
admin        access_change  delete      rls_rule    2     url    89    108     167     158     200             ssss
admin        content_change create      schedule    1     body   90    109     168     159     201             ssss
admin        content_change update      schedule    1     url    91    110     169     160     200             aaaa
admin        content_change create      schedule    2     body   92    111     170     161     201             ssss
admin        content_change create      schedule    3     body   93    112     171     162     201             aaaa
admin        content_change delete      schedule    3     url    94    113     172     163     200             ssss
admin        content_change create      tag         1     body   97    116     175     166     201             aaaa
alice        access_change  update      account     2     url    -     -       -       169     405/405/405/200 ---s
carol        view           explore     dataset     1     url    -     -       -       176     401/401/500/403 ---a
carol        data_request   query       chart       1     url    -     -       184     177     401/401/404/404 --ff
carol        content_change update      dashboard   2     url    -     -       185     178     401/401/403/403 --aa
unattributed view           view        dashboard   2     url    100   119     187     180     200             ssss
unattributed data_request   query       dataset     2     body   101   120-121 188-194 181-186 200             aass
bob          statement      run         database    1     body   102   122-123 195-196 187-188 200             ssss
carol        view           view        dashboard   1     url    -     -       198     190     401/401/200/200 --ss
unattributed view           view        dashboard   1     url    104   126     203     194     200             ssss
unattributed export         export      dataset     1     body   105   127-128 204-209 195-199 200             aass
bob          content_change create      chart       6     body   106   129     210     200     201             aaaa
bob          content_change create      chart       6     body   107   130     211     201     201             aaaa
bob          content_change delete      chart       77777 url    108   131     212     202     200             uuuu
bob          content_change update      dashboard   2     url    109   132     213     203     200             ssss
bob          content_change create      chart       6     body   110   133     214     204     201             aaaa
bob          content_change delete      chart       6     url    111   134     215     205     200             ssss
bob          content_change create      chart       6     body   112   135     216     206     201             aaaa
"""


def _act(line: str, version: int) -> Act | None:
    cells = line.split()
    username, kind, verb, object_type, object_id, said = cells[:6]
    rows = cells[6 + version]
    if rows == "-":
        return None
    statuses = cells[10].split("/")
    outcome = OUTCOMES[cells[11][version]]
    told: str | None = object_id
    # No row of a creation holds the new id: it is found where the object is still there.
    if object_id == "-" or (verb == "create" and outcome != "succeeded"):
        told = None
    if VERSIONS[version] == NO_BODIES and kind in ("data_request", "export", "statement") and said != "url":
        told = None
        if kind != "statement":
            kind, verb, object_type = "data_request", "query", "chart"
    status = int(statuses[version % len(statuses)])
    return Act(f"logs:{rows}", username, kind, verb, object_type, told, status, outcome)


def acts(version: str) -> tuple[Act, ...]:
    """Return the acts of the day that left rows in this version."""
    position = VERSIONS.index(version)
    found = (_act(line, position) for line in _TABLE.strip().splitlines())
    return tuple(act for act in found if act is not None)


# Rows that browsers sent: what the server refused carol is among them in 5.0.0 and 6.1.0.
BROWSER_ROWS = {
    "3.1.3": (*range(22, 25), *range(30, 33), 38, 57, 58),
    "4.1.4": (*range(23, 26), *range(32, 35), 40, 76, 77),
    "5.0.0": (*range(28, 31), *range(42, 45), *range(56, 59), 64, 135, 136, *range(179, 182)),
    "6.1.0": (*range(28, 31), *range(41, 44), *range(54, 57), 62, 124, 125, *range(171, 174)),
}
# Rows of the page of a dashboard that was refused: answered by 302 in 5.0.0; carol's others left none.
REFUSED_PAGES = {"3.1.3": (), "4.1.4": (), "5.0.0": (177,), "6.1.0": ()}
