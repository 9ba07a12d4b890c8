# Live tunnels and the keys that opened them: sshd's log joined with the kernel's sockets.
import contextlib
import json
import os
import re
import signal
import time
from pathlib import Path

from host import STATE, read_log, replace_file, run

# From the line's start: a login's user name may hold anything, even such a line.
LOGIN = re.compile(r"Accepted publickey for \S+ from (\S+) port (\d+) ssh2: \S+ (SHA256:\S+)")
SOCKET = re.compile(r".*?:\d+\s+\[?(?:::ffff:)?(\S+?)\]?:(\d+|\*)\s+users:(.*)")
# From 9.8 on: sshd-session.
PROCESS = re.compile(r'"sshd[^"]*",pid=(\d+)')
HOUR = 3600
# KiB that are not for tunnels: Amazon Linux with its agents is reckoned to take 150 MiB (not measured
# on EC2), the AWS CLI takes 70 MiB once a minute, once at a time. dnf takes more than is left: its
# timers are masked, and by hand the kernel ends it, not a tunnel (OOMScoreAdjust).
RESERVED = 220 * 1024
# KiB of a tunnel: its two processes take 2,040, which is measured, and the rest is a margin for what
# the kernel holds for them.
PER_TUNNEL = 2304


def limit():
    # How many this host has memory for.
    total = re.search(r"MemTotal: +(\d+)", Path("/proc/meminfo").read_text())[1]
    return max(1, (int(total) - RESERVED) // PER_TUNNEL)


class Tunnels:
    # As they are now. A tunnel outlives the log of its login, so logins are kept: who ends tunnels
    # or saves has sync-keys' lock.

    def __init__(self, port):
        self._file = STATE / "tunnels.json"
        try:
            state = json.loads(self._file.read_text())
        except (OSError, ValueError):
            # The log is read anew.
            state = {}
        self._position = state.get("position")
        # Seconds, by fingerprint.
        self._recorded = state.get("recorded", {})
        # Fingerprint and seconds, by "address port".
        logins = state.get("logins", {})
        new = {}
        for self._position, millis, line in read_log(self._position, "sshd"):
            match = LOGIN.match(line)
            if match:
                new[f"{match[1]} {match[2]}"] = match[3], millis // 1000
        logins.update(new)
        # After the log, or a new login would look gone.
        sockets, self.listeners = self._list_sockets(port)
        self.sockets = {peer: sockets[peer] for peer in logins if peer in sockets}
        self.logins = {peer: logins[peer] for peer in self.sockets}
        live = (fingerprint for fingerprint, _ in self.logins.values())
        used = dict(new.values())
        # Seconds, by fingerprint, of all that were ever used on this host.
        used.update(dict.fromkeys(live, int(time.time())))
        self.last_use = {**state.get("lastUse", {}), **used}
        self._used = used.keys()

    @staticmethod
    def _list_sockets(port):
        # Processes by "address port", less the listeners that all are born of; and those.
        peers, listeners = {}, set()
        for socket in run("ss", "-tanpH", "sport", "=", f":{port}").splitlines():
            match = SOCKET.match(socket)
            pids = {int(pid) for pid in PROCESS.findall(match[3])} if match else None
            if pids and match[2] == "*":
                listeners |= pids
            elif pids:
                peers.setdefault(f"{match[1]} {match[2]}", set()).update(pids)
        return {peer: pids - listeners for peer, pids in peers.items()}, listeners

    def end_all_but(self, fingerprints):
        # Ends the tunnels of all other keys and returns their number.
        ended = [peer for peer in self.sockets if self.logins[peer][0] not in fingerprints]
        for peer in ended:
            for pid in self.sockets.pop(peer):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
        return len(ended)

    def due_for_record(self, fingerprints, now):
        # Keys used, but not recorded within the hour; from now on they are. Few at a time.
        recorded = {f: at for f, at in self._recorded.items() if now - at < HOUR}
        due = sorted(f for f in self._used if f in fingerprints and f not in recorded)[:5]
        self._recorded = {**recorded, **dict.fromkeys(due, now)}
        return due

    def save(self):
        state = {
            "position": self._position, "logins": self.logins, "recorded": self._recorded,
            "lastUse": self.last_use,
        }
        replace_file(self._file, json.dumps(state))
