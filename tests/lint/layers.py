"""Which folder may include which: the table of CONTRIBUTING.md, and who sees which library."""

import fnmatch
import re

import sources

# What the rooms of the component are built on, and those that stand side by side.
BELOW_PEOPLE = {"base", "mapping", "component/settings", "component/store", "component/xmpp"}
ROOMS = {"component/sources", "component/rosters", "component/calendars"}

ARROWS = {
    "base": set(),
    "mapping": set(),
    "ews/gateway": {"base"},
    "ews/soap": {"base", "ews/limits.h", "ews/gateway"},
    "ews/messages": {"base", "ews/limits.h", "ews/gateway", "ews/soap"},
    "ews/errand": {"base", "ews/limits.h", "ews/gateway", "ews/soap", "ews/messages"},
    "ews/log_on": {"base", "ews/limits.h", "ews/gateway", "ews/soap", "ews/errand"},
    "ews/transport": {"base", "ews/limits.h", "ews/gateway", "ews/soap", "ews/errand",
                      "ews/log_on"},
    "ews/desk": {"base", "ews/limits.h", "ews/gateway", "ews/soap", "ews/errand",
                 "ews/transport"},
    "ews/places": {"base", "ews/limits.h", "ews/gateway", "ews/soap", "ews/messages",
                   "ews/errand"},
    "ews/reading": {"base", "ews/limits.h", "ews/gateway", "ews/soap", "ews/messages",
                    "ews/errand", "ews/desk", "ews/places"},
    "ews/notifying": {"base", "ews/limits.h", "ews/gateway", "ews/soap", "ews/messages",
                      "ews/errand", "ews/desk", "ews/places"},
    # The worker process puts them together; signing in needs neither.
    "ews": {"base", "ews/gateway", "ews/errand", "ews/log_on", "ews/transport", "ews/desk",
            "ews/places", "ews/reading", "ews/notifying"},
    "component/settings": {"base", "mapping"},
    "component/xmpp": {"base", "mapping"},
    "component/store": {"base", "ews/gateway"},
    "component/control": {"base"},
    "component/workers": {"base", "ews/gateway"},
    # The rooms of the component, each above those before it; sources, rosters and
    # calendars know nothing of each other.
    "component/people": BELOW_PEOPLE,
    "component/sources": BELOW_PEOPLE | {"component/people"},
    "component/rosters": BELOW_PEOPLE | {"component/people"},
    "component/calendars": BELOW_PEOPLE | {"component/people", "ews/gateway"},
    "component/publish": BELOW_PEOPLE | {"component/people", "ews/gateway"} | ROOMS,
    "component/report": BELOW_PEOPLE | {"component/people", "ews/gateway", "component/publish"}
    | ROOMS,
    "component/engine": BELOW_PEOPLE | {"component/people", "ews/gateway", "component/publish",
                                        "component/report"} | ROOMS,
    # The program: it starts the worker process, which is the only thing it knows of ews.
    "component": {"base", "mapping", "ews/gateway", "ews/log_on/ability.h", "ews/login.h",
                  "ews/worker.h",
                  "component/settings",
                  "component/xmpp", "component/store", "component/control",
                  "component/workers", "component/people", "component/report",
                  "component/engine"},
    "tests/exchange": {"base", "exchange"},
}

LIBRARIES = {
    "libconfig.h": ["component/settings/*"],
    "curl/*": ["ews/log_on/ability.c", "ews/transport/*", "ews/errand/verdict.c"],
    "libxml/*": ["component/xmpp/reader.c", "ews/soap/*", "ews/messages/*", "tests/exchange/*", "tests/unit/ews/*",
                 "tests/unit/component/test_reader_limits.c"],
    "sqlite3.h": ["component/store/*", "tests/unit/component/*"],
    "microhttpd.h": ["component/control/*", "tests/exchange/*"],
    "openssl/*": ["component/xmpp/*", "ews/log_on/assertion.c", "tests/unit/component/*",
                  "tests/unit/ews/*"],
    "gssapi/*": ["ews/log_on/kerberos.c"],
    "jansson.h": ["component/report/*", "ews/messages/autodiscover_json.c", "ews/log_on/token.c", "tests/unit/component/*",
                  "tests/unit/ews/*"],
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
