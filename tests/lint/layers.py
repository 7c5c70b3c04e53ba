"""Which folder may include which: the table of CONTRIBUTING.md, and who sees which library."""

import fnmatch
import re

import sources

GATEWAY = {"base", "gateway/protocol", "gateway/limits.h"}
EWS = GATEWAY | {"ews/limits.h"}
GRAPH_BELOW = GATEWAY | {"graph/json", "graph/operations", "gateway/request"}
EWS_BELOW = {"ews/soap", "ews/operations", "gateway/request"}
# What the rooms of the component are built on, and those that stand side by side.
BELOW_PEOPLE = {"base", "mapping", "component/settings", "component/store", "component/xmpp"}
ROOMS = {"component/sources", "component/rosters", "component/calendars"}

ARROWS = {
    "base": set(),
    "mapping": set(),
    "gateway/protocol": {"base"},
    # What every kind of gateway has, each room above those before it; none knows SOAP.
    "gateway/request": GATEWAY,
    "gateway/auth": GATEWAY | {"gateway/request"},
    "gateway/http": GATEWAY | {"gateway/request", "gateway/auth"},
    "gateway/dispatch": GATEWAY | {"gateway/request", "gateway/http"},
    "gateway/state": GATEWAY | {"gateway/request", "gateway/dispatch"},
    "gateway/polling": GATEWAY | {"gateway/request", "gateway/dispatch", "gateway/state"},
    "gateway": GATEWAY | {"gateway/request", "gateway/auth", "gateway/http",
                          "gateway/dispatch", "gateway/state", "gateway/polling"},
    # One kind of gateway; calendars, Autodiscover and subscriptions know nothing of each
    # other.
    "ews/soap": EWS,
    "ews/operations": EWS | {"ews/soap", "gateway/request", "gateway/polling/reading.h"},
    "ews/autodiscover": EWS | EWS_BELOW | {"gateway/polling/mailbox_sites.h"},
    "ews/calendar": EWS | EWS_BELOW | {"gateway/polling", "gateway/state"},
    "ews/subscriptions": EWS | EWS_BELOW | {"gateway/dispatch", "gateway/http",
                                            "gateway/state", "gateway/polling/mailbox_sites.h",
                                            "gateway/polling/mailboxes.h"},
    "ews": EWS | EWS_BELOW | {"gateway", "gateway/dispatch", "gateway/polling",
                              "ews/autodiscover", "ews/calendar", "ews/subscriptions"},
    # Another kind of gateway.
    "graph/json": {"base"},
    "graph/operations": GATEWAY | {"graph/json", "gateway/request",
                                   "gateway/polling/reading.h"},
    "graph/calendar": GRAPH_BELOW | {"gateway/kind.h", "gateway/dispatch", "gateway/polling",
                                     "gateway/state"},
    "graph": GRAPH_BELOW | {"gateway", "gateway/dispatch", "gateway/polling",
                            "graph/calendar"},
    "component/settings": {"base", "mapping"},
    "component/xmpp": {"base", "mapping"},
    "component/store": {"base", "gateway/protocol"},
    "component/control": {"base"},
    "component/workers": {"base", "gateway/protocol"},
    # The rooms of the component, each above those before it; sources, rosters and
    # calendars know nothing of each other.
    "component/people": BELOW_PEOPLE,
    "component/sources": BELOW_PEOPLE | {"component/people"},
    "component/rosters": BELOW_PEOPLE | {"component/people"},
    "component/calendars": BELOW_PEOPLE | {"component/people", "gateway/protocol"},
    "component/publish": BELOW_PEOPLE | {"component/people", "gateway/protocol"} | ROOMS,
    "component/report": BELOW_PEOPLE | {"component/people", "gateway/protocol", "component/workers",
                                        "component/publish"} | ROOMS,
    "component/engine": BELOW_PEOPLE | {"component/people", "gateway/protocol", "component/publish"}
    | ROOMS,
    # The program: it starts the worker process, which is the only thing it knows of gateways.
    "component": {"base", "mapping", "ews/ews.h", "graph/graph.h", "gateway/auth/curl_features.h",
                  "gateway/protocol",
                  "gateway/login.h", "gateway/worker.h",
                  "component/settings",
                  "component/xmpp", "component/store", "component/control",
                  "component/workers", "component/people", "component/report",
                  "component/engine"},
    "tests/exchange": {"base", "exchange"},
}

LIBRARIES = {
    "libconfig.h": ["component/settings/*"],
    "curl/*": ["component/control/client.c", "gateway/auth/curl_features.c", "gateway/http/*", "gateway/request/outcome.c"],
    "libxml/*": ["component/xmpp/reader.c", "ews/soap/*", "ews/operations/*", "tests/exchange/*", "tests/unit/ews/*",
                 "tests/unit/component/test_reader_limits.c"],
    "sqlite3.h": ["component/store/*", "tests/unit/component/*"],
    "microhttpd.h": ["component/control/*", "tests/exchange/*"],
    "openssl/*": ["component/xmpp/*", "component/workers/breakers.c",
                  "gateway/auth/assertion.c", "gateway/auth/claims.c",
                  "gateway/http/curl_handle.c", "tests/unit/component/*",
                  "tests/unit/gateway/*"],
    "gssapi/*": ["gateway/auth/kerberos.c"],
    "jansson.h": ["component/report/*", "ews/operations/autodiscover_json.c",
                  "gateway/auth/claims.c", "gateway/auth/token.c", "gateway/http/transport.c",
                  "graph/json/*", "graph/operations/*",
                  "tests/unit/component/*", "tests/unit/gateway/*", "tests/unit/graph/*"],
    "stringprep.h": ["base/jid.c"],
}

INCLUDE = re.compile(r"^\s*#\s*include\s*([<\"])([^>\"]+)[>\"]", re.MULTILINE)


def folder_of(name):
    return name.rpartition("/")[0]


def arrows_of(name):
    """None where anything may be included: tests see what they test."""
    folder = folder_of(name)
    if folder in ARROWS:
        return ARROWS[folder] | {folder}
    return None if folder.startswith("tests/") else set()


def project_complaint(name, included):
    arrows = arrows_of(name)
    if arrows is not None and folder_of(included) not in arrows and included not in arrows:
        yield f"no arrow from {folder_of(name)}/ to {included}"


def library_complaint(name, included):
    for library, places in LIBRARIES.items():
        if fnmatch.fnmatch(included, library):
            if not any(fnmatch.fnmatch(name, place) for place in places):
                yield f"<{included}> belongs to {' '.join(places)}"


def complaints_of(name):
    text = sources.without_comments(sources.read(name), keep_literals=True)
    for match in INCLUDE.finditer(text):
        line = text.count("\n", 0, match.start(2)) + 1
        kind, included = match.groups()
        complaint = project_complaint if kind == '"' else library_complaint
        for found in complaint(name, included):
            yield name, line, found


def main():
    sources.report(complaint for name in sources.files(".c", ".h")
                   for complaint in complaints_of(name))


main()
