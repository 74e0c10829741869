"""A PostgreSQL of one's own: in a temporary folder, on a free port, with a password; ended with the tests."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

PASSWORD = "p@ss/w:rd#%41 é"  # every character of it means something in an address
VARIABLE = "CLVLAB_TEST_PASSWORD"
OWNER = "shopkeeper"


@dataclass(frozen=True)
class Server:
    """Where it listens."""

    port: int

    def address(self, what: str, *, driver: str = "postgresql", user: str = OWNER) -> str:
        """An address as a user writes it."""
        return f"{driver}://{user}:${{{VARIABLE}}}@127.0.0.1:{self.port}/postgres#{what}"


def _programs() -> Path:
    folders = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    on_path = shutil.which("postgres")
    if on_path is not None:
        folders.append(Path(on_path).resolve().parent)
    found = next((each for each in folders if (each / "initdb").exists() and (each / "postgres").exists()), None)
    if found is None:
        pytest.skip("no PostgreSQL server is installed here (Debian: apt install postgresql)")
    return found


def _owner() -> int | None:
    """Whom to run as: PostgreSQL refuses root."""
    if os.name == "nt" or os.geteuid() != 0:
        return None
    import pwd

    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    pytest.skip("PostgreSQL does not run as root, and there is no other user here")


@contextmanager
def running() -> Iterator[Server]:
    """A server for the time of a block; skips where none can start."""
    programs, owner = _programs(), _owner()
    folder = Path(tempfile.mkdtemp(prefix="clvlab-postgres-"))
    data, log = folder / "data", folder / "log"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    secret = folder / "password"
    secret.write_text(PASSWORD + "\n", encoding="utf-8")
    for path in (folder, secret):
        if owner is not None:
            os.chown(path, owner, -1)
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}

    def start(program: str, *arguments: str) -> subprocess.Popen[bytes]:
        with log.open("ab") as said:
            return subprocess.Popen(
                [str(programs / program), "-D", str(data), *arguments],
                cwd=folder,
                env=environment,
                user=owner,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )

    process: subprocess.Popen[bytes] | None = None
    try:
        made = start("initdb", "-U", OWNER, "-A", "scram-sha-256", "-E", "UTF8", "--no-sync", f"--pwfile={secret}")
        if made.wait(timeout=120):
            pytest.skip(f"PostgreSQL cannot be set up here: {log.read_text(errors='replace')[-300:]}")
        settings = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "max_wal_size=2GB")
        process = start("postgres", "-p", str(port), *(part for each in settings for part in ("-c", each)))
        until = time.monotonic() + 60
        while "ready to accept connections" not in log.read_text(errors="replace"):
            if process.poll() is not None or time.monotonic() > until:
                pytest.skip(f"PostgreSQL cannot start here: {log.read_text(errors='replace')[-300:]}")
            time.sleep(0.1)
        yield Server(port)
    finally:
        if process is not None:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(folder, ignore_errors=True)
