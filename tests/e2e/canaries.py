"""Secrets, and finding them in what a program says, in all the ways they may be written."""

import base64
import html
import json
import pathlib
import urllib.parse

LEAST = 8  # what is shorter may stand in a text by chance
# The keys of the configuration that have one; each may be a file's name, with _file behind it.
KEYS = ("secret", "password", "proxy_password", "client_secret")


def secrets_of(configuration):
    """The secrets of a configuration, as calpresence.py has one."""
    for group in (configuration.get("component", {}), *configuration.get("gateways", ())):
        for key in KEYS:
            if key in group:
                yield group[key]
            path = pathlib.Path(group.get(key + "_file", "/nowhere"))
            if path.is_file():
                yield path.read_text(encoding="utf-8").rstrip("\n")


def _in_base64(data):
    """What of its base64 does not depend on its neighbours, such as a name and a colon."""
    for before in range(3):
        coded = base64.b64encode(bytes(before) + data)
        yield coded[-(-before * 8 // 6):(before + len(data)) * 8 // 6]


def _spellings(secret):
    percent = urllib.parse.quote(secret, safe="")
    quoted = urllib.parse.quote(secret, safe="!$&'()*+,;=:/?@")
    texts = {
        secret, percent, quoted,
        "".join(f"%{byte:02x}" for byte in secret.encode()),
        json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1],
        html.escape(secret), html.escape(secret, quote=False),
    }
    lowered = percent
    for byte in range(256):
        lowered = lowered.replace(f"%{byte:02X}", f"%{byte:02x}")
    texts.add(lowered)
    for text in texts:
        yield text.encode()
    yield secret.encode("utf-16-le")
    for coding in ("utf-8", "iso-8859-1"):
        data = secret.encode(coding, "replace")
        yield data
        for coded in _in_base64(data):
            yield coded
            yield coded.translate(bytes.maketrans(b"+/", b"-_"))


def find(secrets, data):
    """Those of the secrets that are in the bytes or the text."""
    if isinstance(data, str):
        data = data.encode("utf-8", "surrogateescape")
    once = urllib.parse.unquote_to_bytes(data)
    forms = (data, once, urllib.parse.unquote_to_bytes(once), html.unescape(
        data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape"))
    return {secret for secret in secrets if len(secret) >= LEAST
            for spelling in _spellings(secret) if any(spelling in form for form in forms)}
