"""Certificates of a private authority, good ones and bad ones."""

import pathlib
import subprocess
import time

ELLIPTIC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
RSA = ["-newkey", "rsa:2048", "-nodes"]
DAY_S = 86400
# What `openssl ca` wants to know: unlike `openssl x509` it signs for days that are over.
SIGNING = """
[ca]
default_ca = authority
[authority]
database = {folder}/{name}.index
new_certs_dir = {folder}
rand_serial = yes
unique_subject = no
default_md = sha256
policy = names
[names]
commonName = supplied
"""


def openssl(*arguments):
    subprocess.run(
        ["openssl", *map(str, arguments)],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def asn1_time(moment):
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(moment))


class Authority:
    """Issues certificates; `certificate` is its own, `issuer` who signed that."""

    def __init__(self, folder, name="root", issuer=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.certificate, self._key = self._issue(name, issuer)

    def _issue(self, name, issuer):
        certificate = self.folder / f"{name}.pem"
        key = self.folder / f"{name}.key"
        if issuer is not None:
            extensions = ["basicConstraints=critical,CA:TRUE", "keyUsage=keyCertSign,cRLSign"]
            return issuer.issue(name, extensions=extensions)
        openssl("req", "-x509", *ELLIPTIC, "-keyout", key, "-out", certificate, "-days", "30",
                "-subj", f"/CN={name}", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        return certificate, key

    def issue(self, name, names="DNS:localhost,IP:127.0.0.1", days=30, extensions=(), key=ELLIPTIC):
        """A certificate and its key. days below zero: expired so long ago."""
        certificate = self.folder / f"{name}.pem"
        private = self.folder / f"{name}.key"
        request = self.folder / f"{name}.csr"
        described = self.folder / f"{name}.ext"
        lines = extensions or (f"subjectAltName={names}", "basicConstraints=CA:FALSE")
        described.write_text("\n".join(lines) + "\n", encoding="ascii")
        openssl("req", *key, "-keyout", private, "-out", request, "-subj", f"/CN={name}")
        self._sign(request, described, certificate, days)
        private.chmod(0o600)
        return certificate, private

    def _sign(self, request, described, certificate, days):
        config = self.folder / f"{self.name}.cnf"
        config.write_text(SIGNING.format(folder=self.folder, name=self.name), encoding="ascii")
        (self.folder / f"{self.name}.index").touch()
        end = time.time() + days * DAY_S
        begin = min(time.time(), end - DAY_S)
        openssl("ca", "-batch", "-notext", "-config", config, "-cert", self.certificate,
                "-keyfile", self._key, "-in", request, "-extfile", described, "-out", certificate,
                "-startdate", asn1_time(begin), "-enddate", asn1_time(end))


def bundle(path, *parts):
    """One file of several certificates, the first its owner's."""
    text = "".join(pathlib.Path(part).read_text(encoding="ascii") for part in parts)
    pathlib.Path(path).write_text(text, encoding="ascii")
    return path
