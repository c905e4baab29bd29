"""Real servers from Debian as processes of this machine: Dovecot keeps the mailboxes and takes what logged-in
people send, OpenSMTPD brings mails into the mailboxes and sends back what can't be brought.
"""

from __future__ import annotations

import asyncio
import fcntl
import getpass
import imaplib
import os
import shutil
import smtplib
import socket
import ssl
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

HELP, ANNA, REFUSED = "help@acme.example", "anna@customer.example", "gone@refused.example"
PASSWORD = "Real-password-1"
_LOCK = Path(tempfile.gettempdir()) / "oratio-opensmtpd.lock"
_ROOT = os.geteuid() == 0
_SUDO = [] if _ROOT else ["sudo", "-n"]
_OWNER = "mail" if _ROOT else getpass.getuser()
_PATHS = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


def missing() -> str:
    """Why the servers can't be had; empty where they can."""
    for program, package in (("dovecot", "dovecot-imapd"), ("smtpd", "opensmtpd"), ("openssl", "openssl")):
        if not shutil.which(program, path=_PATHS):
            return f"{program} is missing: apt-get install {package}"
    if _SUDO and not shutil.which("sudo"):
        return "OpenSMTPD is started by root only"
    if not Path("/usr/lib/dovecot/submission").exists():
        return "Dovecot's submission is missing: apt-get install dovecot-submissiond"
    if subprocess.run([*_SUDO, "true"], check=False, capture_output=True).returncode:
        return "OpenSMTPD is started by root only"
    version = subprocess.run(
        [_path("dovecot"), "--version"], check=True, capture_output=True, text=True
    ).stdout
    return (
        "" if version.startswith("2.3.") else f"its configuration is written for Dovecot 2.3, not {version}"
    )


def _path(program: str) -> str:
    return shutil.which(program, path=_PATHS) or program


@dataclass(slots=True)
class Debian:
    """The servers' folder and ports."""

    folder: Path
    imaps: int
    imap: int
    submissions: int
    submission: int
    smtp: int

    def options(self, **more: Any) -> dict[str, Any]:
        """An account's keys."""
        return {
            "address": HELP,
            "password": PASSWORD,
            "secret": "mail-Secret-0123456789",
            "imap_host": "localhost",
            "imap_port": self.imaps,
            "imap_tls": "tls",
            "smtp_host": "localhost",
            "smtp_port": self.submissions,
            "smtp_tls": "tls",
            "ca_file": str(self.folder / "cert.pem"),
            **more,
        }

    def writes(self, mail: EmailMessage, sender: str = ANNA, to: str = HELP) -> None:
        """Somebody's server hands a mail over."""
        with smtplib.SMTP("127.0.0.1", self.smtp, local_hostname="customer.example") as out:
            out.sendmail(sender, [to], mail.as_bytes())

    def sends_by_hand(self, mail: EmailMessage) -> None:
        """Another program of the mailbox's owner keeps what it sent."""
        context = ssl.create_default_context(cafile=str(self.folder / "cert.pem"))
        with imaplib.IMAP4_SSL("localhost", self.imaps, ssl_context=context) as box:
            box.login(HELP, PASSWORD)
            box.create("Sent")
            assert box.append("Sent", r"(\Seen)", "", mail.as_bytes())[0] == "OK"

    def mails(self, whose: str = ANNA) -> list[bytes]:
        """What lies in a mailbox, the oldest first."""
        find = ["find", str(self.folder / "mail" / whose.partition("@")[0]), "-type", "f", "-path", "*/new/*"]
        names = subprocess.run([*_SUDO, *find], check=False, capture_output=True, text=True).stdout.split()
        return [
            subprocess.run([*_SUDO, "cat", n], check=True, capture_output=True).stdout for n in sorted(names)
        ]

    def numbered_anew(self) -> None:
        """The mailbox loses its numbering, as when it is restored from a backup."""
        box = self.folder / "mail" / "help"
        for name in ("dovecot-uidlist", "dovecot.index.log", "dovecot.index", "dovecot.index.cache"):
            subprocess.run([*_SUDO, "rm", "-f", str(box / name)], check=True)
        validity = str(box / "dovecot-uidvalidity")
        subprocess.run([*_SUDO, "sh", "-c", f"rm -f {validity}*"], check=True)


@asynccontextmanager
async def debian(refused: int) -> AsyncIterator[Debian]:
    """The servers at work; `refused` is the port of the server that mails to `REFUSED` go to. Skips the test
    where they can't be had. One at a time on a machine: OpenSMTPD has its queue in one place."""
    if why := missing():
        pytest.skip(why)
    with _alone(), _folder() as folder:
        served = Debian(folder, *_free_ports(5))
        _write(served, refused)
        processes = [
            _start(folder, "smtpd", "-d", "-f", str(folder / "smtpd.conf")),
            _start(folder, "dovecot", "-F", "-c", str(folder / "dovecot.conf")),
        ]
        try:
            for port in (served.smtp, served.imaps, served.imap, served.submissions, served.submission):
                await _until(lambda port=port: _answers(port), folder)  # type: ignore[misc]
            yield served
        finally:
            for process in processes:
                await asyncio.to_thread(subprocess.run, [*_SUDO, "kill", str(process.pid)], check=False)
                await asyncio.to_thread(process.wait, 20)


@contextmanager
def _alone() -> Iterator[None]:
    with _LOCK.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="oratio-mail-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        subprocess.run([*_SUDO, "rm", "-rf", str(folder)], check=True)


def _free_ports(number: int) -> list[int]:
    holding = [socket.socket() for _ in range(number)]
    for each in holding:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in holding]
    for each in holding:
        each.close()
    return ports


def _start(folder: Path, program: str, *args: str) -> subprocess.Popen[bytes]:
    with (folder / f"{program}.out").open("wb") as out:
        return subprocess.Popen([*_SUDO, _path(program), *args], stdout=out, stderr=out)


async def _until(predicate: Callable[[], bool], folder: Path) -> None:
    for _ in range(1_000):
        if predicate():
            return
        await asyncio.sleep(0.01)
    said = "".join(each.read_text("utf-8", "replace") for each in folder.glob("*.out"))
    raise TimeoutError(f"the servers don't start: {said}")


def _answers(port: int) -> bool:
    with socket.socket() as asking:
        asking.settimeout(1)
        return asking.connect_ex(("127.0.0.1", port)) == 0


def _write(served: Debian, refused: int) -> None:
    folder = served.folder
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem"), "-days", "3"]
    made = ["openssl", "req", "-x509", *key, *files, *subject]
    subprocess.run(made, check=True, capture_output=True)
    (folder / "mail").mkdir()
    if _ROOT:
        shutil.chown(folder / "mail", _OWNER)
    people = "".join(f"{each}:{{PLAIN}}{PASSWORD}\n" for each in (HELP, ANNA))
    (folder / "people").write_text(people)
    (folder / "smtpd.conf").write_text(_SMTPD.format(folder=folder, refused=refused, s=served, owner=_OWNER))
    (folder / "dovecot.conf").write_text(_DOVECOT.format(folder=folder, s=served, owner=_OWNER))


_SMTPD = """
table people {{ "@" = "{owner}" }}
listen on 127.0.0.1 port {s.smtp} hostname mail.acme.example
action "help" maildir "{folder}/mail/help" virtual <people>
action "anna" maildir "{folder}/mail/anna" virtual <people>
action "out" relay host smtp://127.0.0.1:{refused}
match from any for domain "acme.example" action "help"
match from any for rcpt-to "anna@customer.example" action "anna"
match from any for domain "refused.example" action "out"
"""

_DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap submission
listen = 127.0.0.1
hostname = mail.acme.example
ssl = required
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
mail_location = maildir:{folder}/mail/%n
mail_fsync = never
first_valid_uid = 1
first_valid_gid = 1
submission_relay_host = 127.0.0.1
submission_relay_port = {s.smtp}
submission_max_mail_size = 30M
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/people
}}
userdb {{
  driver = static
  args = uid={owner} gid={owner} home={folder}/mail/%n
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
service imap-login {{
  inet_listener imap {{
    port = {s.imap}
  }}
  inet_listener imaps {{
    port = {s.imaps}
    ssl = yes
  }}
}}
service submission-login {{
  inet_listener submission {{
    port = {s.submission}
  }}
  inet_listener submissions {{
    port = {s.submissions}
    ssl = yes
  }}
}}
"""
