package org.dbtbastion.tunnel;

import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.KeyPair;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.dbtbastion.keys.PublicKey;
import org.dbtbastion.registry.CheckKeyPair;

/** Makes and reads key pairs in OpenSSH's formats. */
public final class JschKeyPairs {

  private JschKeyPairs() {}

  /** A new Ed25519 key pair: the shortest to sign with, and small enough to store. */
  public static CheckKeyPair generate() {
    try {
      KeyPair pair = KeyPair.genKeyPair(new JSch(), KeyPair.ED25519);
      ByteArrayOutputStream privateKey = new ByteArrayOutputStream();
      pair.writeOpenSSHv1PrivateKey(privateKey, null);
      return new CheckKeyPair(publicKey(pair), privateKey.toString(StandardCharsets.US_ASCII));
    } catch (JSchException e) {
      throw new IllegalStateException("no Ed25519 key pair could be made", e);
    }
  }

  /**
   * Reads a private key and works out its public half.
   *
   * @param privateKey in OpenSSH's PEM format, without a passphrase
   * @return empty if it is none
   */
  public static Optional<CheckKeyPair> read(String privateKey) {
    try {
      KeyPair pair = KeyPair.load(new JSch(), privateKey.getBytes(StandardCharsets.US_ASCII), null);
      return Optional.of(new CheckKeyPair(publicKey(pair), privateKey));
    } catch (JSchException | IllegalStateException _) {
      // Without the cause: it might quote the key.
      return Optional.empty();
    }
  }

  private static PublicKey publicKey(KeyPair pair) {
    byte[] blob = pair.getPublicKeyBlob();
    String line = "ssh-ed25519 " + Base64.getEncoder().encodeToString(blob);
    return switch (PublicKey.parse(line)) {
      case PublicKey.Parsed.Accepted(PublicKey key, String _) -> key;
      case PublicKey.Parsed.Refused(var code, String detail) ->
          throw new IllegalStateException(code + ": " + detail);
    };
  }
}
