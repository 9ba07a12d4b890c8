# What the last sync left: what it found goes into no other file, and is read here alone.
import contextlib
import json
import time

from host import ROOT, STATE, replace_file, tick

FOUND = STATE / "last-sync.json"
# In memory: a full disk may be the very fault.
FAULT = ROOT / "run/dbt-bastion/sync-fault.json"


def _read(file):
    # Nothing, unless a sync has written it.
    try:
        facts = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


class LastSync:
    # What the last sync found that had all keys, and the fault of a later one, if there was one.

    def __init__(self):
        (boot, now), found, failed = tick(), _read(FOUND), _read(FAULT)
        # Its tick, if it was in this boot: else what it found may be as old as the boot.
        self.listed = found["listed"] if found.get("boot") == boot else 0
        # In seconds.
        self.age = (now - self.listed) // 10**9
        # Seconds since the epoch, as all moments in these files.
        self.at = found.get("at")
        self.summary = found.get("summary")
        self.keys = found.get("keys", [])
        # Reasons by name.
        self.skipped = found.get("skipped", {})
        self.fault, self.failed_at = failed.get("fault"), failed.get("at")


def lets_in(key, now):
    return not key["expires"] or key["expires"] > now


def record(listed, at, **found):
    # Under sync-keys' lock, as record_fault.
    facts = {"boot": listed[0], "listed": listed[1], "at": int(at), **found}
    replace_file(FOUND, json.dumps(facts))
    FAULT.unlink(missing_ok=True)


def record_fault(failure):
    fault = " ".join(f"{type(failure).__name__}: {failure}".split())
    # What failed is said in any case.
    with contextlib.suppress(OSError):
        FAULT.parent.mkdir(parents=True, exist_ok=True)
        replace_file(FAULT, json.dumps({"at": int(time.time()), "fault": fault}))
