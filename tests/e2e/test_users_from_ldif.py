"""The recipe that makes a users_file of a directory, on LDIF as ldapsearch prints it."""

import pathlib
import subprocess

from conftest import only

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "config/users-from-ldif"

LDIF = """\
# extended LDIF
dn: CN=Alice Liddell,OU=People,DC=example,DC=com
mail: alice@example.com
sAMAccountName: alice
displayName: Alice Liddell

dn:: Q049SsO8cmdlbixEQz1leGFtcGxlLERDPWNvbQ==
sAMAccountName:: SsO8cmdlbg==
mail: juergen@exa
 mple.c
 om
mail: second@example.com

dn: CN=Odd,DC=example,DC=com
sAMAccountName: o'neil &
 co
mail: odd@example.com

dn: CN=Room,OU=Rooms,DC=example,DC=com
mail: room1@example.com
sAMAccountName: room1
displayName: Room "1", second floor
msExchRecipientTypeDetails: 16

dn: CN=Nobody,DC=example,DC=com
sAMAccountName: nobody

dn: CN=Unnamed,DC=example,DC=com
mail: unnamed@example.com
"""

USERS = """\
"alice@example.test","alice@example.com"
"J\u00fcrgen@example.test","juergen@example.com"
"o\\27neil\\20\\26co@example.test","odd@example.com"
,"room1@example.com",,"Room ""1"", second floor"
"""


def convert(ldif, *arguments):
    return subprocess.run([SCRIPT, "example.test", *arguments], input=ldif.encode(),
                          capture_output=True, timeout=20, check=True)


def test_a_directory_becomes_people_and_rooms():
    done = convert(LDIF)
    assert done.stdout.decode() == USERS
    assert done.stderr.decode().splitlines() == [
        "no mail: CN=Nobody,DC=example,DC=com",
        "no sAMAccountName: CN=Unnamed,DC=example,DC=com"]


def test_another_attribute_names_people():
    ldif = "dn: uid=a,dc=x\r\nuid: a\r\nmail: a@example.com\r\n"
    assert convert(ldif, "uid").stdout == b'"a@example.test","a@example.com"\n'


@only("prosody")  # only the file is read
def test_the_file_is_a_good_users_file(calpresence, tmp_path):
    users_file = tmp_path / "users.csv"
    users_file.write_bytes(convert(LDIF).stdout)
    done = calpresence(users_file=str(users_file)).command("-n")
    assert (done.returncode, done.stderr) == (0, "")
