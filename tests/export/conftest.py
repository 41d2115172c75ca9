"""A PostgreSQL of our own: a cluster in a temporary folder, started as an unprivileged user, reached by a socket alone."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


def _unprivileged() -> str | None:
    """The user to run it as; PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    return next(u.pw_name for name in ("postgres", "nobody") for u in pwd.getpwall() if u.pw_name == name)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Address of an empty database."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("needs Debian's package postgresql")
    user, folder = _unprivileged(), Path(tempfile.mkdtemp(prefix="pg-"))
    if user:
        shutil.chown(folder, user)
    run = ["runuser", "-u", user, "--"] if user else []
    data = folder / "data"
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
    try:
        subprocess.run([*run, binaries / "initdb", "-D", data, "-U", "me", "-A", "trust", "-E", "UTF8", "--no-sync"], **quiet)  # type: ignore[call-overload]
        settings = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        subprocess.run([*run, binaries / "pg_ctl", "-D", data, "-w", "-o", settings, "-l", folder / "log", "start"], **quiet)  # type: ignore[call-overload]
        yield f"postgresql+psycopg://me@/postgres?host={folder}"
    finally:
        subprocess.run([*run, binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **{**quiet, "check": False})  # type: ignore[call-overload]
        shutil.rmtree(folder, ignore_errors=True)
