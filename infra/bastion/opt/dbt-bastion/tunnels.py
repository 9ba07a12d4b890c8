"""Live tunnels and the keys that opened them: sshd's log joined with the kernel's sockets."""
import contextlib
import json
import os
import re
import signal
import subprocess
from pathlib import Path

# From the line's start: a login's user name may hold anything, even such a line.
LOGIN = re.compile(r"Accepted publickey for \S+ from (\S+) port (\d+) ssh2: \S+ (SHA256:\S+)")
SOCKET = re.compile(r".*?:\d+\s+\[?(?:::ffff:)?(\S+?)\]?:(\d+|\*)\s+users:(.*)")
PROCESS = re.compile(r'"sshd[^"]*",pid=(\d+)')  # from 9.8 on: sshd-session
HOUR = 3600


def run(*command):
    """What the command prints; OSError if it fails."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=180,
                          encoding="utf-8", errors="replace")
    if done.returncode:
        raise OSError(f"{' '.join(command[:3])}: {done.stderr.strip()[-500:]}")
    return done.stdout


def replace_file(path, text):
    """Leaves the old file or the new one, owned as its folder is."""
    new = path.with_name(path.name + ".new")
    with contextlib.suppress(FileNotFoundError):
        new.unlink()
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        if os.geteuid() == 0:
            owner = path.parent.stat()
            os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


class Tunnels:
    """Under sync-keys' lock. A tunnel outlives the log of its login, so logins are kept."""

    def __init__(self, root, port):
        self._root, self._file = root, root / "var/lib/dbt-bastion/tunnels.json"
        try:
            state = json.loads(self._file.read_text())
        except (OSError, ValueError):
            state = {}  # the log is read anew
        self._position = state.get("position")
        self._recorded = state.get("recorded", {})  # seconds, by fingerprint
        logins = state.get("logins", {})  # fingerprints, by "address port"
        lines = self._read_journal() if root == Path("/") else self._read_log()
        new = {f"{m[1]} {m[2]}": m[3] for m in map(LOGIN.match, lines) if m}
        logins.update(new)
        sockets = self._list_sockets(port)  # after the log, or a new login would look gone
        self.sockets = {peer: sockets[peer] for peer in logins if peer in sockets}
        self._logins = {peer: logins[peer] for peer in self.sockets}
        self._used = {*new.values(), *self._logins.values()}

    def _read_journal(self):
        command = "journalctl -q -u dbt-bastion-sshd.service -o cat --show-cursor".split()
        try:
            printed = run(*command, f"--after-cursor={self._position or ''}")
        except OSError:  # the first time, or rotated away
            printed = run(*command, "-b")
        *lines, last = printed.splitlines() or [""]
        if last.startswith("-- cursor: "):
            self._position = last[len("-- cursor: "):]
        return lines

    def _read_log(self):
        """The sandbox's sshd writes a file instead of a journal."""
        log = self._root / "var/log/dbt-bastion/sshd.log"
        if not log.exists():
            return []
        stat, (inode, start) = log.stat(), self._position or (0, 0)
        if inode != stat.st_ino or start > stat.st_size:  # begun anew
            start = 0
        with open(log, "rb") as file:
            file.seek(start)
            text = file.read()
        whole = text.rfind(b"\n") + 1
        self._position = [stat.st_ino, start + whole]
        return text[:whole].decode(errors="replace").splitlines()

    @staticmethod
    def _list_sockets(port):
        """Processes by "address port", less the listener that all are born of."""
        peers, listeners = {}, set()
        for socket in run("ss", "-tanpH", "sport", "=", f":{port}").splitlines():
            match = SOCKET.match(socket)
            pids = {int(pid) for pid in PROCESS.findall(match[3])} if match else None
            if pids and match[2] == "*":
                listeners |= pids
            elif pids:
                peers.setdefault(f"{match[1]} {match[2]}", set()).update(pids)
        return {peer: pids - listeners for peer, pids in peers.items()}

    def end_all_but(self, fingerprints):
        """Ends the tunnels of all other keys and returns their number."""
        ended = [peer for peer in self.sockets if self._logins[peer] not in fingerprints]
        for peer in ended:
            for pid in self.sockets.pop(peer):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
        return len(ended)

    def due_for_record(self, fingerprints, now):
        """Keys used, but not recorded within the hour; from now on they are. Few at a time."""
        recorded = {f: at for f, at in self._recorded.items() if now - at < HOUR}
        due = sorted(f for f in self._used if f in fingerprints and f not in recorded)[:5]
        self._recorded = {**recorded, **dict.fromkeys(due, now)}
        return due

    def save(self):
        state = {
            "position": self._position, "logins": self._logins, "recorded": self._recorded
        }
        replace_file(self._file, json.dumps(state))
