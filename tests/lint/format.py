"""clang-format has nothing to change: version 14, whose mind others do not share."""

import re
import shutil
import subprocess
import sys

import sources

VERSION = "14"
SKIPPED = 77


def formatter():
    """clang-format of that version, or None."""
    for name in (f"clang-format-{VERSION}", "clang-format"):
        path = shutil.which(name)
        if path:
            said = subprocess.run([path, "--version"], capture_output=True, text=True,
                                  check=True).stdout
            if re.search(rf"version {VERSION}\.", said):
                return path
    return None


def main():
    path = formatter()
    if path is None:
        print(f"skipped: clang-format {VERSION} decides the format, and is not here")
        sys.exit(SKIPPED)
    sys.exit(subprocess.run([path, "--dry-run", "-Werror", "--style=file",
                             *sources.files(".c", ".h")],
                            cwd=sources.ROOT, check=False).returncode)


main()
