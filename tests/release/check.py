#!/usr/bin/python3
"""check.py [FOLDER]: says what is missing before the version that CMakeLists.txt names is
released; ends with 1 where something is.

A release is an annotated tag vVERSION whose message is signed off, on the commit that has passed
all tests (`./run test` keeps in build/tested what has passed where).
"""

import datetime
import pathlib
import re
import subprocess
import sys

TESTS = {
    "all": "./run test",
    "trixie": "./run test --trixie",
    "packages": "./run test --packages",
}


def git(folder, *words):
    """What it prints, or None where it fails."""
    done = subprocess.run(
        ["git", *words], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        check=False,
    )  # fmt: skip
    return done.stdout.strip() if done.returncode == 0 else None


def version_of(folder):
    text = (folder / "CMakeLists.txt").read_text(encoding="utf-8")
    return re.search(r"(?m)^project\(\w+ VERSION ([0-9.]+)", text)[1]


def is_date(text):
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def changelog(folder, version):
    text = (folder / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = re.split(r"(?m)^## ", text)[1:]
    unreleased = [s for s in sections if s.startswith("[Unreleased]")]
    if any(re.search(r"(?m)^- ", section) for section in unreleased):
        yield f"CHANGELOG.md: what is [Unreleased] has to become [{version}]"
    released = [s for s in sections if not s.startswith("[Unreleased]")]
    heading = released[0].splitlines()[0] if released else ""
    found = re.fullmatch(rf"\[{re.escape(version)}\] - (\S+)", heading)
    if not found or not is_date(found[1]):
        yield f"CHANGELOG.md: the newest section is not [{version}] - YYYY-MM-DD"


def packages(folder, version):
    text = (folder / "debian/changelog").read_text(encoding="utf-8")
    [found, distribution] = re.match(r"\w+ \((.*?)\) (\S+);", text).groups()
    if found != version:
        yield f"debian/changelog: the newest version is {found}, not {version}"
    if distribution == "UNRELEASED":
        yield "debian/changelog: the newest version is UNRELEASED"


def work_tree(folder, _):
    if git(folder, "status", "--porcelain") != "":
        yield "the work tree has changes that are not committed"


def tests(folder, _):
    path = folder / "build/tested"
    passed = path.read_text(encoding="ascii").splitlines() if path.exists() else []
    head = git(folder, "rev-parse", "HEAD")
    for name, command in TESTS.items():
        if f"{head} {name}" not in passed:
            yield f"tests: this commit has not passed `{command}`"


def tag(folder, version):
    name = f"v{version}"
    commit = git(folder, "rev-parse", "--verify", f"refs/tags/{name}^{{commit}}")
    if commit is None:
        yield f"tag: there is no {name} (git tag --annotate, its message signed off)"
        return
    if commit != git(folder, "rev-parse", "HEAD"):
        yield f"tag: {name} is another commit; a new release has a new version in CMakeLists.txt"
    message = git(folder, "cat-file", "tag", name)
    if message is None or not re.search(r"(?m)^Signed-off-by: .+ <.+>$", message):
        yield f"tag: {name} is not annotated with a line Signed-off-by"


def main(folder):
    version = version_of(folder)
    missing = [line for check in (changelog, packages, work_tree, tests, tag)
               for line in check(folder, version)]  # fmt: skip
    for line in missing:
        print(line)
    if not missing:
        print(f"nothing is missing for {version}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
