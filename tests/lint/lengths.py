"""A function has 60 lines at most between its braces. A file is one idea, however long."""

import sources

FUNCTION_MAX = 60


def complaints_of(name):
    lines = sources.without_comments(sources.read(name)).split("\n")
    start = None
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
