# What the host's programs share: settings, commands, whole files, the log.
import json
import os
import shlex
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / "var/lib/dbt-bastion"
# What a program ends with, in one line, rather than with a stack trace.
FAILURES = OSError, ValueError, LookupError, TypeError, subprocess.SubprocessError


def load_settings():
    environment = (ROOT / "etc/dbt-bastion/environment").read_text()
    settings = dict(word.split("=", 1) for word in shlex.split(environment))
    os.environ.update(settings, LC_ALL="C.UTF-8")
    return settings


def run(*command, stdin=""):
    # What the command prints; OSError if it fails.
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=180,
                          encoding="utf-8", errors="replace")
    if done.returncode:
        raise OSError(f"{' '.join(command[:3])}: {done.stderr.strip()[-500:]}")
    return done.stdout


def replace_file(path, text):
    # Leaves the old file or the new one, owned as its folder is.
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    try:
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            if os.geteuid() == 0:
                owner = path.parent.stat()
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    finally:
        # What did not fit must not fill the disk.
        new.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def tick():
    # A boot and the nanoseconds in it, which all its processes share.
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return boot, time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def read_log(position, *units):
    # Yields each line since a position: the position after it, its time in ms, its text.
    return _read_journal(position, units) if ROOT == Path("/") else _read_file(position)


def _read_journal(position, units):
    command = [*"journalctl -q -a -o json --output-fields=MESSAGE".split(),
               *(f"--unit=dbt-bastion-{unit}" for unit in units),
               f"--after-cursor={position}" if position else "-b"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8",
                          errors="replace") as journal:
        try:
            for line in journal.stdout:
                entry = json.loads(line)
                text = entry.get("MESSAGE") or ""
                # Of bytes that are no text.
                if isinstance(text, list):
                    text = bytes(text).decode(errors="replace")
                yield entry["__CURSOR"], int(entry["__REALTIME_TIMESTAMP"]) // 1000, text.rstrip()
            if journal.wait() and not position:
                raise OSError(f"journalctl ended with {journal.returncode}")
            if journal.returncode:
                # It knows no such position.
                yield from _read_journal(None, units)
        finally:
            # Whoever reads may have enough.
            journal.kill()


def _read_file(position):
    # The sandbox's sshd writes a file instead of a journal. No line is younger than the file.
    log = ROOT / "var/log/dbt-bastion/sshd.log"
    if not log.exists():
        return
    stat, (inode, start) = log.stat(), position or (0, 0)
    # It was begun anew.
    if inode != stat.st_ino or start > stat.st_size:
        start = 0
    with open(log, "rb") as file:
        file.seek(start)
        for line in file:
            # Else it is still being written.
            if line.endswith(b"\n"):
                start += len(line)
                text = line.decode(errors="replace").rstrip()
                yield [stat.st_ino, start], stat.st_mtime_ns // 10**6, text
