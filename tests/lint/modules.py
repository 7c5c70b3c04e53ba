"""The modules inside the servers are read by the servers' own compilers; 77 where one is absent."""

import pathlib
import shutil
import subprocess
import sys
import tempfile

import sources

LUA = "modules/prosody/mod_calpresence.lua"
ERLANG = "modules/ejabberd/src/mod_calpresence.erl"
EXAMPLE = "config/prosody.cfg.lua.example"
# Where Debian keeps ejabberd's and xmpp's headers.
INCLUDES = ("usr/lib/*/ejabberd-*/include", "usr/lib/erlang/lib/p1_xmpp-*/include")


def run(*command):
    done = subprocess.run(command, cwd=sources.ROOT, check=False)
    return done.returncode == 0


def main():
    luac = next(filter(shutil.which, ("luac5.4", "luac", "luac5.3", "luac5.2")), None)
    folders = [d for pattern in INCLUDES for d in sorted(pathlib.Path("/").glob(pattern))]
    erlc = shutil.which("erlc") if folders else None
    good = True
    if luac:
        good &= all([run(luac, "-p", name) for name in (LUA, EXAMPLE)])
    if erlc:
        paths = [word for d in folders for word in ("-I", d, "-pa", d.parent / "ebin")]
        with tempfile.TemporaryDirectory() as folder:
            good &= run(erlc, "-Wall", "-Werror", *paths, "-o", folder, ERLANG)
    if not good:
        sys.exit(1)
    for tool, name in (luac, "luac"), (erlc, "erlc with ejabberd's headers"):
        if not tool:
            print(f"skipped: no {name}")
            sys.exit(77)


main()
