"""A tunnel as Python programs open it, for one connection: Paramiko's channel behind a local port.

Arguments: bastion, user, private key, known_hosts, local port, target host, target port, and the
RSA signature algorithms that it does not know.
"""

import socket
import sys
import threading

import paramiko

bastion, user, key, known_hosts, port, host, target_port, *unknown = sys.argv[1:]


def copy(source, sink):
    """Passes bytes on until there are no more."""
    while data := source.recv(65536):
        sink.sendall(data)
    sink.shutdown(socket.SHUT_WR)


client = paramiko.SSHClient()
client.load_host_keys(known_hosts)
client.connect(bastion, username=user, key_filename=key, allow_agent=False, look_for_keys=False,
               disabled_algorithms={"pubkeys": unknown})
with socket.create_server(("127.0.0.1", int(port))) as server:
    connection, address = server.accept()
channel = client.get_transport().open_channel("direct-tcpip", (host, int(target_port)), address)
sending = threading.Thread(target=copy, args=(connection, channel), daemon=True)
sending.start()
copy(channel, connection)
client.close()
