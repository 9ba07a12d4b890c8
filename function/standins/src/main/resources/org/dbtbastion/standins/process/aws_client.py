# The program `aws` that asks aws_server.py to run the AWS CLI: it hands over its arguments,
# environment, folder and standard streams, and ends as the CLI does there. Where nobody listens, as
# when a host shuts down, it becomes the CLI. Only built-in modules, and no site: it is to start in
# a few milliseconds.
import _signal
import _socket
import _struct
import posix
import sys

SERVER = "@SERVER@"
PROGRAM = "@PROGRAM@"


def request():
    encoding = sys.getfilesystemencoding()
    arguments = [word.encode(encoding, "surrogateescape") for word in sys.argv[1:]]
    environment = [name + b"=" + value for name, value in posix.environ.items()]
    text = b"\0".join([b"%d" % len(arguments), posix.getcwdb(), *arguments, *environment])
    return _struct.pack("I", len(text)) + text


def main():
    server = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        server.connect(SERVER)
    except OSError:
        posix.execv(PROGRAM, [PROGRAM, *sys.argv[1:]])
    streams = (_socket.SOL_SOCKET, _socket.SCM_RIGHTS, _struct.pack("3i", 0, 1, 2))
    text = request()
    sent = server.sendmsg([text], [streams])
    server.sendall(text[sent:])
    answer = server.recv(4)
    if len(answer) < 4:
        posix.write(2, b"aws: the server of the AWS CLI has ended\n")
        posix._exit(255)
    status = _struct.unpack("i", answer)[0]
    if posix.WIFSIGNALED(status):
        _signal.signal(posix.WTERMSIG(status), _signal.SIG_DFL)
        posix.kill(posix.getpid(), posix.WTERMSIG(status))
    posix._exit(posix.WEXITSTATUS(status))


main()
