"""A Kerberos realm, and Apache that logs on by it, in front of a simulated Exchange."""

import base64
import os
import pathlib
import shutil
import subprocess
import tempfile

from ports import Port
from processes import Process
from record import poll

REALM = "EXAMPLE.TEST"
CLIENT = f"svc-presence@{REALM}"
SERVER = f"HTTP/localhost@{REALM}"
MODULES = "/usr/lib/apache2/modules"


class Realm:
    """MIT's KDC on a loopback port, with its files in a folder of its own."""

    def __init__(self):
        self._port = Port()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kerberos-"))
        self.folder.chmod(0o755)
        self.config = self.folder / "krb5.conf"
        self.config.write_text(
            f"[libdefaults]\ndefault_realm = {REALM}\ndns_lookup_kdc = false\nrdns = false\n"
            "dns_lookup_realm = false\ndns_canonicalize_hostname = false\n"
            f"[realms]\n{REALM} = {{\n kdc = 127.0.0.1:{self._port.number}\n}}\n"
            f"[domain_realm]\nlocalhost = {REALM}\n[logging]\nkdc = STDERR\n",
            encoding="ascii",
        )
        (self.folder / "kdc.conf").write_text(
            f"[realms]\n{REALM} = {{\n database_name = {self.folder}/principal\n"
            f" key_stash_file = {self.folder}/stash\n acl_file = {self.folder}/acl\n"
            f" kdc_listen = 127.0.0.1:{self._port.number}\n"
            f" kdc_tcp_listen = 127.0.0.1:{self._port.number}\n}}\n",
            encoding="ascii",
        )
        self._environment = {
            "KRB5_CONFIG": str(self.config),
            "KRB5_KDC_PROFILE": str(self.folder / "kdc.conf"),
        }
        self._run("kdb5_util", "create", "-s", "-r", REALM, "-P", "master")
        self.kdc = Process("krb5kdc", ["/usr/sbin/krb5kdc", "-n"], env=self._environment)
        poll(self._port.is_open, what="the start of the KDC")

    def _run(self, program, *arguments):
        subprocess.run([f"/usr/sbin/{program}", *arguments], check=True, capture_output=True,
                       env={**os.environ, **self._environment})

    def keytab(self, name, *principals):
        """Makes principals and gives the file with their keys, in that order."""
        path = self.folder / name
        for principal in principals:
            self._run("kadmin.local", "-q", f"addprinc -randkey {principal}")
            self._run("kadmin.local", "-q", f"ktadd -norandkey -k {path} {principal}")
        return path

    def forget(self, principal):
        self._run("kadmin.local", "-q", f"delprinc -force {principal}")

    def close(self):
        self.kdc.stop()
        self._port.release()
        shutil.rmtree(self.folder)


class Apache:
    """Debian's apache2 with mod_auth_gssapi as a reverse proxy."""

    def __init__(self, exchange, keytab, realm, user=CLIENT):
        self._port = Port()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="apache-"))
        self.folder.chmod(0o755)
        own = self.folder / "http.keytab"
        shutil.copy(keytab, own)
        shutil.chown(own, "www-data")
        (self.folder / "apache.conf").write_text(
            self._configuration(exchange, own, user), encoding="ascii")
        self._process = Process(
            "apache2", ["apache2", "-D", "FOREGROUND", "-f", str(self.folder / "apache.conf")],
            env={"KRB5_CONFIG": str(realm.config)})
        poll(self._is_up, what="the start of apache2")

    def _is_up(self):
        assert self._process.running(), self._process.output()
        return self._port.is_open()

    def _configuration(self, exchange, keytab, user):
        tls = exchange.folder / "tls"
        backend = exchange.http_url.removesuffix("/EWS/Exchange.asmx")
        account = f"{exchange.user}:{exchange._password}"
        basic = base64.b64encode(account.encode()).decode()
        modules = ("mpm_event", "authn_core", "authz_core", "authz_user", "auth_gssapi",
                   "proxy", "proxy_http", "ssl", "headers")
        loads = "".join(f"LoadModule {m}_module {MODULES}/mod_{m}.so\n" for m in modules)
        return (
            f"ServerRoot {self.folder}\nServerName localhost\nUser www-data\nGroup www-data\n"
            f"{loads}PidFile {self.folder}/pid\nMutex posixsem\nErrorLog /dev/stderr\n"
            f"Listen 127.0.0.1:{self._port.number}\nSSLEngine on\nStartServers 1\n"
            f"SSLCertificateFile {tls}/server.pem\nSSLCertificateKeyFile {tls}/server.key\n"
            f'<Location "/EWS">\nAuthType GSSAPI\nAuthName Exchange\n'
            f"GssapiCredStore keytab:{keytab}\nGssapiAllowedMech krb5\n"
            f"Require user {user}\n"
            f'RequestHeader set Authorization "Basic {basic}"\n'
            f"ProxyPass {backend}/EWS\n</Location>\n"
        )

    @property
    def port(self):
        return self._port.number

    @property
    def url(self):
        return f"https://localhost:{self._port.number}/EWS/Exchange.asmx"

    def output(self):
        return self._process.output()

    def close(self):
        self._process.stop()
        self._port.release()
        shutil.rmtree(self.folder)
