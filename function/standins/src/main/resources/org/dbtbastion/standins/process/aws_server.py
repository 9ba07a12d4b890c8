"""Runs the AWS CLI for aws_client.py: each call in a fork of this process, which has imported the
CLI already. `python3 aws_server.py PROGRAM [SOCKET]`: the CLI's own program, and where to listen;
without, systemd has bound the socket.

What a call prints and how it ends is the CLI's own doing: its program is run as it is. A call has
the environment, the folder, the streams, the mounts and the control group of its client, and ends
when its client does. Its limits are this process's.
"""

import contextlib
import ctypes
import gc
import os
import runpy
import selectors
import signal
import socket
import struct
import sys
import time

CLONE_NEWNS = 0x00020000

import awscli.clidriver  # noqa: E402, which writes to the environment

# Version 2 brings its own, by the same name.
from botocore import session  # noqa: E402

try:
    from awscrt import io as crt
except ImportError:
    crt = None


class Models:
    """The descriptions of services, which all calls of a search path share: to read them takes most
    of a call's time."""

    MODELS = ("service-2", "endpoint-rule-set-1", "paginators-1", "waiters-2")

    def __init__(self):
        self.create = session.create_loader
        self.loaders = {}
        self.loaded = set()
        session.create_loader = self.loader

    def loader(self, path=None):
        if path not in self.loaders:
            self.loaders[path] = self.create(path)
        return self.loaders[path]

    def rehearse(self, service):
        """Once for each service, whatever is only read."""
        if service in self.loaded:
            return
        self.loaded.add(service)
        for loader in self.loaders.values():
            for model in self.MODELS:
                try:
                    loader.load_service_model(service, model)
                except Exception:  # What it has not, or no service at all: the call itself says so.
                    pass
        gc.freeze()


def rehearse():
    """A call that reaches nobody: what the CLI imports and reads only then is there afterwards."""
    environment = dict(os.environ)
    # Version 2 signs and logs in threads, which no fork would have.
    init_logging = getattr(crt, "init_logging", None)
    if crt:
        crt.init_logging = lambda *_: None
    os.environ.update(
        AWS_MAX_ATTEMPTS="1",
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    )
    call = ["ssm", "get-parameter", "--name", "none", "--region", "us-east-1", "--no-sign-request"]
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
        awscli.clidriver.create_clidriver().main(call + ["--endpoint-url", "http://127.0.0.1:1"])
    if crt:
        crt.init_logging = init_logging
    os.environ.clear()
    os.environ.update(environment)
    gc.collect()
    gc.freeze()


class Request:
    """What a client sends."""

    def __init__(self, connection):
        connection.settimeout(10)
        data, self.streams, _, _ = socket.recv_fds(connection, 65536, 3)
        while len(data) < 4 or len(data) < 4 + struct.unpack_from("I", data)[0]:
            more = connection.recv(65536)
            if not more:
                raise EOFError
            data += more
        count, self.folder, *words = data[4:].split(b"\0")
        self.arguments = words[: int(count)]
        self.environment = words[int(count) :]
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        self.client = struct.unpack("3i", credentials)[0]

    def close(self):
        for stream in self.streams:
            os.close(stream)


def enter(request, program):
    """Makes this process what the client would have become."""
    for number, stream in enumerate(request.streams):
        os.dup2(stream, number)
    request.close()
    with open(f"/proc/{request.client}/status") as status:
        mask = next(line for line in status if line.startswith("Umask:"))
    os.umask(int(mask.split()[1], 8))
    join_control_group(request.client)
    mounts = f"/proc/{request.client}/ns/mnt"
    if os.stat(mounts) != os.stat("/proc/self/ns/mnt"):
        with open(mounts) as file:
            if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNS) != 0:
                raise OSError(ctypes.get_errno(), "setns")
    os.chdir(request.folder)
    os.environb.clear()
    os.environb.update(pair.split(b"=", 1) for pair in request.environment)
    time.tzset()
    add_data_path()
    use_credentials_of_home()
    sys.argv = [program] + [os.fsdecode(word) for word in request.arguments]
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        old = getattr(sys, name)
        terminal = number == 2 or os.isatty(number)
        stream = open(
            number, mode, 1 if terminal else -1, encoding=old.encoding, errors=old.errors, closefd=False
        )
        setattr(sys, name, stream)


def join_control_group(client):
    """systemd knows by it whose lines these are in the journal, and who ends with the unit."""
    with open(f"/proc/{client}/cgroup") as theirs, open("/proc/self/cgroup") as own:
        groups = set(theirs) - set(own)
    for group in groups:
        _, hierarchy, path = group.rstrip("\n").split(":", 2)
        for mount in (hierarchy.removeprefix("name="), "unified", ""):
            try:
                with open(f"/sys/fs/cgroup/{mount}{path}/cgroup.procs", "w") as processes:
                    processes.write(str(os.getpid()))
                break
            except OSError:
                pass  # Not where this hierarchy is, or not for this user to change.


def add_data_path():
    """What the import of awscli does to the environment."""
    theirs = os.environ.get("AWS_DATA_PATH", "").split(os.pathsep)
    theirs = [os.path.expanduser(os.path.expandvars(path)) for path in theirs if path]
    own = os.path.join(os.path.dirname(os.path.abspath(awscli.__file__)), "data")
    os.environ["AWS_DATA_PATH"] = os.pathsep.join([*theirs, own])


def use_credentials_of_home():
    """The import of awscli notes where roles' credentials are kept: in the server's own home."""
    module = sys.modules.get("awscli.customizations.assumerole")
    if module:
        module.CACHE_DIR = os.path.expanduser(os.path.join("~", ".aws", "cli", "cache"))


def run(request, program):
    status = 1
    try:
        enter(request, program)
        runpy.run_path(program, run_name="__main__")
        status = 0
    except SystemExit as end:
        status = end.code
        if status is not None and not isinstance(status, int):
            print(status, file=sys.stderr)
            status = 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
    try:
        sys.stdout.flush()
    except OSError:
        status = 120
    os._exit((status or 0) & 0xFF)


def listen():
    if len(sys.argv) < 3:
        return socket.socket(fileno=3)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # Whole before a client can see it.
    unfinished = sys.argv[2] + ".new"
    listener.bind(unfinished)
    listener.listen(64)
    os.rename(unfinished, sys.argv[2])
    return listener


class Server:
    def __init__(self, listener, program):
        self.listener = listener
        self.program = program
        self.models = Models()
        rehearse()
        self.selector = selectors.DefaultSelector()
        self.selector.register(listener, selectors.EVENT_READ, self.accept)

    def accept(self):
        connection, _ = self.listener.accept()
        try:
            request = Request(connection)
        except (OSError, EOFError, ValueError):
            connection.close()
            return
        if request.arguments:
            self.models.rehearse(os.fsdecode(request.arguments[0]))
        child = os.fork()
        if child == 0:
            self.selector.close()
            self.listener.close()
            run(request, self.program)
        request.close()
        process = os.pidfd_open(child)
        self.selector.register(connection, selectors.EVENT_READ, lambda: self.abandon(child, connection))
        self.selector.register(
            process, selectors.EVENT_READ, lambda: self.end(child, process, connection)
        )

    def abandon(self, child, connection):
        self.selector.unregister(connection)
        os.kill(child, signal.SIGKILL)

    def end(self, child, process, connection):
        self.selector.unregister(process)
        os.close(process)
        if connection.fileno() in self.selector.get_map():
            self.selector.unregister(connection)
        _, status = os.waitpid(child, 0)
        try:
            connection.sendall(struct.pack("i", status))
        except OSError:
            pass  # The client has ended.
        connection.close()

    def serve(self):
        while True:
            for key, _ in self.selector.select():
                key.data()


if __name__ == "__main__":
    Server(listen(), sys.argv[1]).serve()
