package org.dbtbastion.standins.hostile;

import static org.dbtbastion.standins.hostile.Malice.ascii;
import static org.dbtbastion.standins.hostile.Malice.endlessly;
import static org.dbtbastion.standins.hostile.Malice.half;
import static org.dbtbastion.standins.hostile.Malice.join;
import static org.dbtbastion.standins.hostile.Malice.noise;
import static org.dbtbastion.standins.hostile.Malice.slowly;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.dbtbastion.standins.net.BrokenServer;

/**
 * Who may answer on the port of a bastion's sshd, before any encryption: broken, or out to do harm.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc4253#section-4.2">RFC 4253, 4.2, version
 *     exchange; 6, binary packets; 7.1, algorithm negotiation</a>
 */
public enum HostileSsh {
  SILENT((_, _) -> {}),
  CLOSES((client, _) -> client.close()),
  GREETS_WITHOUT_AN_END((_, out) -> endlessly(out, ascii("welcome\r\n"))),
  GREETS_IN_ONE_ENDLESS_LINE((_, out) -> endlessly(out, ascii("welcome "))),
  GREETS_BYTE_BY_BYTE((_, out) -> slowly(out, ascii("welcome\r\n".repeat(9)))),
  MAKES_NOISE((_, out) -> endlessly(out, noise(4096))),
  STEERS_THE_TERMINAL((_, out) -> out.write(ascii("\u001b]0;owned\u0007\u001b[2J\u009b31m\r\n"))),
  IS_OF_VERSION_1((_, out) -> out.write(ascii("SSH-1.5-OpenSSH_1.2.27\r\n"))),
  HAS_AN_ENDLESS_VERSION(
      (_, out) -> {
        out.write(ascii("SSH-2.0-"));
        endlessly(out, ascii("x"));
      }),
  SAYS_ITS_VERSION_BYTE_BY_BYTE((_, out) -> slowly(out, version())),
  IS_SILENT_AFTER_ITS_VERSION((_, out) -> out.write(version())),
  CLOSES_AFTER_ITS_VERSION(
      (client, out) -> {
        out.write(version());
        client.close();
      }),
  SENDS_A_PACKET_OF_4_GB(
      (_, out) -> {
        out.write(version());
        endlessly(out, new byte[] {-1, -1, -1, -1, 4, 20});
      }),
  SENDS_A_PACKET_OF_256_KB(
      (_, out) -> {
        out.write(version());
        out.write(new byte[] {0, 3, -1, -8, 4, 20});
        endlessly(out, new byte[] {0});
      }),
  SENDS_EMPTY_PACKETS(
      (_, out) -> {
        out.write(version());
        endlessly(out, new byte[8]);
      }),
  SENDS_PACKETS_OF_NOISE(
      (_, out) -> {
        out.write(version());
        endlessly(out, packet(noise(1000)));
      }),
  PADS_MORE_THAN_IT_SENDS(
      (_, out) -> {
        out.write(version());
        out.write(new byte[] {0, 0, 0, 12, -1, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
      }),
  ASKS_TO_IGNORE_WITHOUT_AN_END(
      (_, out) -> {
        out.write(version());
        endlessly(out, packet(join(new byte[] {2, 0, 0, 0, 4}, noise(4))));
      }),
  SENDS_HALF_ITS_ALGORITHMS(
      (_, out) -> out.write(join(version(), half(packet(algorithms("aes128-ctr")))))),
  SENDS_HALF_ITS_ALGORITHMS_AND_CLOSES(
      (client, out) -> {
        SENDS_HALF_ITS_ALGORITHMS.speech.speak(client, out);
        client.close();
      }),
  SENDS_ITS_ALGORITHMS_BYTE_BY_BYTE(
      (_, out) -> {
        out.write(version());
        slowly(out, packet(algorithms("aes128-ctr")));
      }),
  HAS_ALGORITHMS_WITHOUT_LENGTH(
      (_, out) -> {
        byte[] lists = new byte[60];
        java.util.Arrays.fill(lists, (byte) -1);
        out.write(join(version(), packet(join(new byte[] {20}, lists))));
      }),
  HAS_STRANGE_ALGORITHMS(
      (_, out) -> {
        String strange = "\u001b[2Jnone\r\nfix: call +1 555,".repeat(1000);
        out.write(join(version(), packet(algorithms(strange))));
      }),
  IS_SILENT_AFTER_ITS_ALGORITHMS(
      (_, out) -> out.write(join(version(), packet(algorithms("aes128-ctr"))))),
  EXCHANGES_NOISE_FOR_KEYS(
      (client, out) -> {
        IS_SILENT_AFTER_ITS_ALGORITHMS.speech.speak(client, out);
        out.write(packet(join(new byte[] {31}, noise(500))));
      }),
  EXCHANGES_A_HOST_KEY_OF_4_GB(
      (client, out) -> {
        IS_SILENT_AFTER_ITS_ALGORITHMS.speech.speak(client, out);
        out.write(packet(join(new byte[] {31, -1, -1, -1, -1}, ascii("ssh-ed25519"))));
      }),
  SAYS_GOODBYE(
      (_, out) -> {
        byte[] text = ascii("\u001b[2Jfix: call +1 555\r\n".repeat(1000));
        byte[] payload =
            ByteBuffer.allocate(13 + text.length)
                .put((byte) 1)
                .putInt(2)
                .putInt(text.length)
                .put(text)
                .putInt(0)
                .array();
        out.write(join(version(), packet(payload)));
      });

  private final Speech speech;

  HostileSsh(Speech speech) {
    this.speech = speech;
  }

  /** What it says; the connection stays as it is left. */
  @FunctionalInterface
  private interface Speech {
    void speak(Socket client, OutputStream out) throws IOException;
  }

  /** Opens this port of this address, and keeps connections that are not closed. */
  public BrokenServer listen(String address, int port) {
    return BrokenServer.behavingOn(
        address,
        port,
        client -> {
          speech.speak(client, client.getOutputStream());
          if (!client.isClosed()) {
            BrokenServer.swallow(client);
          }
        });
  }

  private static byte[] version() {
    return ascii("SSH-2.0-OpenSSH_8.7\r\n");
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
