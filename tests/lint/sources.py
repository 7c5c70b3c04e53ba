"""What the lint tests have in common: the source files, and complaints about them."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUTSIDE = {"build", ".git"}

COMMENT_OR_LITERAL = re.compile(
    r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)


def files(*suffixes):
    """Paths relative to the root, as text, sorted."""
    inside = [path for path in sorted(ROOT.iterdir()) if path.name not in OUTSIDE]
    for top in inside:
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.suffix in suffixes and path.is_file():
                yield path.relative_to(ROOT).as_posix()


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def without_comments(text, keep_literals=False):
    """The same lines with comments (and what literals hold) blanked out."""
    def blank(match):
        found = match.group()
        if found.startswith("/"):
            return re.sub(r"[^\n]", " ", found)
        return found if keep_literals else found[0] + " " * (len(found) - 2) + found[-1]
    return COMMENT_OR_LITERAL.sub(blank, text)


def report(complaints):
    """Prints (file, line, text) triples; ends with 1 if there are any."""
    complaints = list(complaints)
    for name, line, text in complaints:
        print(f"{name}:{line}: {text}")
    sys.exit(1 if complaints else 0)
