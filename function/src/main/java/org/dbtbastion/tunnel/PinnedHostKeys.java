package org.dbtbastion.tunnel;

import com.jcraft.jsch.HostKey;
import com.jcraft.jsch.HostKeyRepository;
import com.jcraft.jsch.UserInfo;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.dbtbastion.deployment.HostKeyPin;

/**
 * The host keys that a server may show. It learns nothing: a key that is not pinned is refused.
 * Remembers what was shown, for the report. For one handshake.
 */
final class PinnedHostKeys implements HostKeyRepository {

  private final List<HostKeyPin> pins;
  private volatile String shown = "nothing";
  private volatile Consumer<String> accepted = _ -> {};

  PinnedHostKeys(List<HostKeyPin> pins) {
    this.pins = List.copyOf(pins);
  }

  /** Told the fingerprint, once the server has proved that it holds a pinned key. */
  void onAccepted(Consumer<String> accepted) {
    this.accepted = accepted;
  }

  /** The type and fingerprint of the key that the server showed. */
  String shown() {
    return shown;
  }

  /** The types and fingerprints of the pinned keys. */
  String pinned() {
    return String.join(
        " or ",
        pins.stream().map(pin -> describe(Base64.getDecoder().decode(pin.base64()))).toList());
  }

  /** The signature algorithms of the pinned keys before all others, so that such a key is shown. */
  String algorithmsFirst(String defaults) {
    Set<String> algorithms = new LinkedHashSet<>();
    for (HostKeyPin pin : pins) {
      if (pin.type().equals("ssh-rsa")) {
        algorithms.addAll(List.of("rsa-sha2-512", "rsa-sha2-256"));
      } else {
        algorithms.add(pin.type());
      }
    }
    algorithms.addAll(List.of(defaults.split(",")));
    return String.join(",", algorithms);
  }

  @Override
  public int check(String host, byte[] key) {
    String base64 = Base64.getEncoder().encodeToString(key);
    shown = describe(key);
    if (pins.stream().noneMatch(pin -> pin.base64().equals(base64))) {
      return CHANGED;
    }
    accepted.accept(shown);
    return OK;
  }

  @Override
  public HostKey[] getHostKey() {
    return getHostKey(null, null);
  }

  /** None: JSch asks so as to choose algorithms, which {@link #algorithmsFirst} does. */
  @Override
  public HostKey[] getHostKey(String host, String type) {
    return new HostKey[0];
  }

  @Override
  public void add(HostKey key, UserInfo userInfo) {
    throw new UnsupportedOperationException("pins are not learnt");
  }

  @Override
  public void remove(String host, String type) {
    throw new UnsupportedOperationException("pins are not learnt");
  }

  @Override
  public void remove(String host, String type, byte[] key) {
    throw new UnsupportedOperationException("pins are not learnt");
  }

  @Override
  public String getKnownHostsRepositoryID() {
    return "pins";
  }

  /** As {@code ssh-keygen -l} prints it: the type and SHA256:… */
  private static String describe(byte[] blob) {
    return type(blob) + " " + fingerprint(blob);
  }

  private static String type(byte[] blob) {
    // RFC 4253, section 6.6: a blob begins with its type, a string with a length of four bytes.
    StringBuilder type = new StringBuilder();
    for (int i = 4; i < blob.length && i < 4 + (blob[3] & 0xff); i++) {
      type.append((char) (blob[i] & 0x7f));
    }
    return type.toString();
  }

  private static String fingerprint(byte[] blob) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(blob);
      return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
