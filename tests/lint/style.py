"""What the house style says of the text of a file and neither compiler nor formatter checks."""

import re

import sources

INCLUDE = re.compile(r"^#include \"([^\"]+)\"", re.MULTILINE)
FEATURE = re.compile(r"^#define (_GNU_SOURCE|_DEFAULT_SOURCE)\b", re.MULTILINE)
FEATURE_AT_TOP = re.compile(r"(/\*[^*]*\*/\n#define _\w+\n|#define _\w+ /\*)")


def header_complaints(name, text):
    guard = re.sub(r"\W", "_", name.replace("tests/exchange/", "exchange/")).upper()
    if f"#ifndef {guard}\n#define {guard}\n" not in text:
        yield name, 1, f"the guard is not {guard}"


def source_complaints(name, text):
    own = name[:-2] + ".h"
    first = INCLUDE.search(text)
    # Tests see the folders of tests/ without what stands before them.
    if (sources.ROOT / own).exists() and (first is None or not own.endswith(first.group(1))):
        yield name, 1, f"{own} is not the first header included"


def line_complaints(name, number, line, code):
    if re.search(r"\b(TODO|FIXME|XXX)\b", line):
        yield name, number, "unfinished"
    if re.search(r"\btypedef\s+(struct|union|enum)\b", code):
        yield name, number, "a type hides behind a typedef"


def complaints_of(name):
    text = sources.read(name)
    yield from (header_complaints if name.endswith(".h") else source_complaints)(name, text)
    feature = FEATURE.search(text)
    if feature and not FEATURE_AT_TOP.match(text):
        yield name, 1, f"{feature.group(1)} belongs to the top, with its reason"
    codes = sources.without_comments(text).split("\n")
    for number, (line, code) in enumerate(zip(text.split("\n"), codes), 1):
        yield from line_complaints(name, number, line, code)
    if not text.endswith("\n"):
        yield name, len(codes), "the last line has no end"


def main():
    sources.report(complaint for name in sources.files(".c", ".h")
                   for complaint in complaints_of(name))


main()
