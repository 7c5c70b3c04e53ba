"""mandoc has nothing to say against the manual pages."""

import subprocess
import sys

import sources

PAGES = list(sources.files(".1", ".5", ".8"))

if PAGES:
    sys.exit(subprocess.run(["mandoc", "-T", "lint", "-W", "warning", *PAGES],
                            cwd=sources.ROOT, check=False).returncode)
