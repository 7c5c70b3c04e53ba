"""A file has 400 lines at most, a function 60 between its braces."""

import sources

FILE_MAX = 400
FUNCTION_MAX = 60


def complaints_of(name):
    lines = sources.without_comments(sources.read(name)).split("\n")
    start = None
    if len(lines) - 1 > FILE_MAX:
        yield name, FILE_MAX + 1, f"the file has {len(lines) - 1} lines, {FILE_MAX} is the most"
    # Linux braces: only a function begins with one in the first column.
    for number, line in enumerate(lines, 1):
        if line.startswith("{"):
            start = number
        elif line.startswith("}") and start is not None:
            length = number - start - 1
            if length > FUNCTION_MAX:
                yield name, start, f"the function has {length} lines, {FUNCTION_MAX} is the most"
            start = None


def main():
    sources.report(complaint for name in sources.files(".c", ".h")
                   for complaint in complaints_of(name))


main()
