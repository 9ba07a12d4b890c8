package org.dbtbastion.standins.hostile;

import static org.dbtbastion.standins.hostile.Malice.ascii;
import static org.dbtbastion.standins.hostile.Malice.endlessly;
import static org.dbtbastion.standins.hostile.Malice.half;
import static org.dbtbastion.standins.hostile.Malice.join;
import static org.dbtbastion.standins.hostile.Malice.noise;
import static org.dbtbastion.standins.hostile.Malice.slowly;

import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.dbtbastion.standins.net.BrokenServer;

/**
 * Who may answer on the port of a bastion's sshd, before any encryption: broken, or out to do harm.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc4253#section-4.2">RFC 4253, 4.2, version
 *     exchange; 6, binary packets; 7.1, algorithm negotiation</a>
 */
public enum HostileSsh implements BrokenServer.Behaviour {
  SILENT {
    @Override
    public void treat(Socket client) {}
  },
  CLOSES {
    @Override
    public void treat(Socket client) throws IOException {
      client.close();
    }
  },
  GREETS_WITHOUT_AN_END {
    @Override
    public void treat(Socket client) throws IOException {
      endlessly(client.getOutputStream(), ascii("welcome\r\n"));
    }
  },
  GREETS_IN_ONE_ENDLESS_LINE {
    @Override
    public void treat(Socket client) throws IOException {
      endlessly(client.getOutputStream(), ascii("welcome "));
    }
  },
  GREETS_BYTE_BY_BYTE {
    @Override
    public void treat(Socket client) throws IOException {
      slowly(client.getOutputStream(), ascii("welcome\r\n".repeat(9)));
    }
  },
  MAKES_NOISE {
    @Override
    public void treat(Socket client) throws IOException {
      endlessly(client.getOutputStream(), noise(4096));
    }
  },
  STEERS_THE_TERMINAL {
    @Override
    public void treat(Socket client) throws IOException {
      client.getOutputStream().write(ascii("\u001b]0;owned\u0007\u001b[2J\u009b31m\r\n"));
    }
  },
  IS_OF_VERSION_1 {
    @Override
    public void treat(Socket client) throws IOException {
      client.getOutputStream().write(ascii("SSH-1.5-OpenSSH_1.2.27\r\n"));
    }
  },
  HAS_AN_ENDLESS_VERSION {
    @Override
    public void treat(Socket client) throws IOException {
      client.getOutputStream().write(ascii("SSH-2.0-"));
      endlessly(client.getOutputStream(), ascii("x"));
    }
  },
  SAYS_ITS_VERSION_BYTE_BY_BYTE {
    @Override
    public void treat(Socket client) throws IOException {
      slowly(client.getOutputStream(), VERSION);
    }
  },
  IS_SILENT_AFTER_ITS_VERSION {
    @Override
    public void treat(Socket client) throws IOException {
      client.getOutputStream().write(VERSION);
    }
  },
  CLOSES_AFTER_ITS_VERSION {
    @Override
    public void treat(Socket client) throws IOException {
      client.getOutputStream().write(VERSION);
      client.close();
    }
  },
  SENDS_A_PACKET_OF_4_GB {
    @Override
    public void treat(Socket client) throws IOException {
      client.getOutputStream().write(VERSION);
      endlessly(client.getOutputStream(), new byte[] {-1, -1, -1, -1, 4, 20});
    }
  },
  SENDS_A_PACKET_OF_256_KB {
    @Override
    public void treat(Socket client) throws IOException {
      client.getOutputStream().write(VERSION);
      client.getOutputStream().write(new byte[] {0, 3, -1, -8, 4, 20});
      endlessly(client.getOutputStream(), new byte[] {0});
    }
  },
  SENDS_EMPTY_PACKETS {
    @Override
    public void treat(Socket client) throws IOException {
      client.getOutputStream().write(VERSION);
      endlessly(client.getOutputStream(), new byte[8]);
    }
  },
  SENDS_PACKETS_OF_NOISE {
    @Override
    public void treat(Socket client) throws IOException {
      client.getOutputStream().write(VERSION);
      endlessly(client.getOutputStream(), packet(noise(1000)));
    }
  },
  PADS_MORE_THAN_IT_SENDS {
    @Override
    public void treat(Socket client) throws IOException {
      client.getOutputStream().write(VERSION);
      client
          .getOutputStream()
          .write(new byte[] {0, 0, 0, 12, -1, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    }
  },
  ASKS_TO_IGNORE_WITHOUT_AN_END {
    @Override
    public void treat(Socket client) throws IOException {
      client.getOutputStream().write(VERSION);
      endlessly(client.getOutputStream(), packet(join(new byte[] {2, 0, 0, 0, 4}, noise(4))));
    }
  },
  SENDS_HALF_ITS_ALGORITHMS {
    @Override
    public void treat(Socket client) throws IOException {
      client.getOutputStream().write(join(VERSION, half(packet(algorithms("aes128-ctr")))));
    }
  },
  SENDS_HALF_ITS_ALGORITHMS_AND_CLOSES {
    @Override
    public void treat(Socket client) throws IOException {
      SENDS_HALF_ITS_ALGORITHMS.treat(client);
      client.close();
    }
  },
  SENDS_ITS_ALGORITHMS_BYTE_BY_BYTE {
    @Override
    public void treat(Socket client) throws IOException {
      client.getOutputStream().write(VERSION);
      slowly(client.getOutputStream(), packet(algorithms("aes128-ctr")));
    }
  },
  HAS_ALGORITHMS_WITHOUT_LENGTH {
    @Override
    public void treat(Socket client) throws IOException {
      byte[] lists = new byte[60];
      java.util.Arrays.fill(lists, (byte) -1);
      client.getOutputStream().write(join(VERSION, packet(join(new byte[] {20}, lists))));
    }
  },
  HAS_STRANGE_ALGORITHMS {
    @Override
    public void treat(Socket client) throws IOException {
      String strange = "\u001b[2Jnone\r\nfix: call +1 555,".repeat(1000);
      client.getOutputStream().write(join(VERSION, packet(algorithms(strange))));
    }
  },
  IS_SILENT_AFTER_ITS_ALGORITHMS {
    @Override
    public void treat(Socket client) throws IOException {
      client.getOutputStream().write(join(VERSION, packet(algorithms("aes128-ctr"))));
    }
  },
  EXCHANGES_NOISE_FOR_KEYS {
    @Override
    public void treat(Socket client) throws IOException {
      IS_SILENT_AFTER_ITS_ALGORITHMS.treat(client);
      client.getOutputStream().write(packet(join(new byte[] {31}, noise(500))));
    }
  },
  EXCHANGES_A_HOST_KEY_OF_4_GB {
    @Override
    public void treat(Socket client) throws IOException {
      IS_SILENT_AFTER_ITS_ALGORITHMS.treat(client);
      client
          .getOutputStream()
          .write(packet(join(new byte[] {31, -1, -1, -1, -1}, ascii("ssh-ed25519"))));
    }
  },
  SAYS_GOODBYE {
    @Override
    public void treat(Socket client) throws IOException {
      byte[] text = ascii("\u001b[2Jfix: call +1 555\r\n".repeat(1000));
      byte[] payload =
          ByteBuffer.allocate(13 + text.length)
              .put((byte) 1)
              .putInt(2)
              .putInt(text.length)
              .put(text)
              .putInt(0)
              .array();
      client.getOutputStream().write(join(VERSION, packet(payload)));
    }
  };

  private static final byte[] VERSION = ascii("SSH-2.0-OpenSSH_8.7\r\n");

  /** Opens this port of this address, and keeps connections that are not closed. */
  public BrokenServer listen(String address, int port) {
    return BrokenServer.behavingOn(
        address,
        port,
        client -> {
          treat(client);
          if (!client.isClosed()) {
            BrokenServer.swallow(client);
          }
        });
  }

  private static byte[] packet(byte[] payload) {
    int padding = 4;
    while ((5 + payload.length + padding) % 8 != 0) {
      padding++;
    }
    return ByteBuffer.allocate(5 + payload.length + padding)
        .putInt(1 + payload.length + padding)
        .put((byte) padding)
        .put(payload)
        .array();
  }

  /** SSH_MSG_KEXINIT with these ciphers. */
  private static byte[] algorithms(String ciphers) {
    byte[] lists = new byte[0];
    for (String list :
        new String[] {
          "curve25519-sha256",
          "ssh-ed25519",
          ciphers,
          ciphers,
          "hmac-sha2-256",
          "hmac-sha2-256",
          "none",
          "none",
          "",
          ""
        }) {
      byte[] names = ascii(list);
      lists = join(lists, ByteBuffer.allocate(4).putInt(names.length).array(), names);
    }
    return join(new byte[] {20}, noise(16), lists, new byte[5]);
  }
}
