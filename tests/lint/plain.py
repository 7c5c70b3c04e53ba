"""Plain cmake, without a preset: with gcc and clang no build type makes warnings errors or
drops asserts, and a whole Release build comes to its end."""

import json
import os
import pathlib
import re
import subprocess
import sys

import sources

TYPES = ("None", "Debug", "Release", "RelWithDebInfo", "MinSizeRel")
FOLDER = pathlib.Path(sys.argv[1])


def call(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          encoding="utf-8", errors="replace", check=False)
    if done.returncode:
        print(done.stdout)
        sys.exit(f"failed: {' '.join(command)}")


def complaint_of(command):
    if re.search(r"\s-Werror\b", command):
        return "warnings are errors without a preset"
    asserts = re.findall(r"\s-([DU])NDEBUG\b", command)
    return "asserts are dropped" if asserts and asserts[-1] == "D" else None


def complaints_of(compiler):
    """Configures all build types at once, and looks at how each file would be compiled."""
    folder = FOLDER / compiler
    call("cmake", "-S", str(sources.ROOT), "-B", str(folder), "-G", "Ninja Multi-Config",
         f"-DCMAKE_CONFIGURATION_TYPES={';'.join(TYPES)}", "-DCMAKE_C_FLAGS_NONE=",
         f"-DCMAKE_C_COMPILER={compiler}", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON")
    commands = json.loads((folder / "compile_commands.json").read_text(encoding="utf-8"))
    assert commands and len(commands) % len(TYPES) == 0
    for entry in commands:
        complaint = complaint_of(entry["command"])
        if complaint:
            name = pathlib.Path(entry["file"]).relative_to(sources.ROOT)
            build_type = re.search(r"\.dir/(\w+)/", entry["command"]).group(1)
            yield name, 1, f"{complaint}: {compiler}, {build_type}"
    call("cmake", "--build", str(folder), "--config", "Release", "-j", str(os.cpu_count()))


def main():
    sources.report(complaint for compiler in ("gcc", "clang")
                   for complaint in complaints_of(compiler))


main()
