package org.dbtbastion.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Holds the parser against the real ssh-keygen. More mutants are tried with {@code
 * -Dkeys.mutants=100000}, others with {@code -Dkeys.seed=7}.
 */
class PublicKeyDifferentialTest {

  private static final int MUTANTS = Integer.getInteger("keys.mutants", 1_000);
  private static final long SEED = Long.getLong("keys.seed", 20_261_123);

  /** What we refuse although ssh-keygen does not, each for a reason told in the main sources. */
  private static final Set<KeyProblem> WHERE_WE_ARE_STRICTER =
      EnumSet.of(
          KeyProblem.SEVERAL_LINES,
          KeyProblem.OPTIONS_NOT_ALLOWED,
          KeyProblem.CERTIFICATE,
          KeyProblem.DSA,
          KeyProblem.UNKNOWN_TYPE,
          KeyProblem.TYPE_MISMATCH,
          KeyProblem.RSA_TOO_SHORT,
          KeyProblem.INVALID_KEY,
          KeyProblem.CONTROL_CHARACTERS);

  private static final Map<KeyType, String> TYPES_AS_PRINTED =
      new EnumMap<>(
          Map.of(
              KeyType.ED25519, "ED25519",
              KeyType.ECDSA_P256, "ECDSA",
              KeyType.ECDSA_P384, "ECDSA",
              KeyType.ECDSA_P521, "ECDSA",
              KeyType.RSA, "RSA",
              KeyType.SK_ED25519, "ED25519-SK",
              KeyType.SK_ECDSA_P256, "ECDSA-SK"));

  @TempDir private static Path folder;

  private static SshKeygen sshKeygen;
  private static final Map<String, String> GOOD = new LinkedHashMap<>();

  @BeforeAll
  static void makeKeysOfAllTypes() throws IOException {
    sshKeygen = new SshKeygen(folder);
    generate("rsa-2048", "-t", "rsa", "-b", "2048");
    generate("rsa-3072", "-t", "rsa", "-b", "3072");
    generate("rsa-4096", "-t", "rsa", "-b", "4096");
    generate("ed25519", "-t", "ed25519");
    generate("ecdsa-256", "-t", "ecdsa", "-b", "256");
    generate("ecdsa-384", "-t", "ecdsa", "-b", "384");
    generate("ecdsa-521", "-t", "ecdsa", "-b", "521");
    // Without a security key at hand: the fields of the plain keys and an application.
    byte[] application = KeyLine.bytes("ssh:");
    List<byte[]> ed25519 = KeyLine.split(GOOD.get("ed25519")).fields();
    GOOD.put(
        "sk-ed25519",
        KeyLine.of("sk-ssh-ed25519@openssh.com", ed25519.get(1), application).toString());
    List<byte[]> ecdsa = KeyLine.split(GOOD.get("ecdsa-256")).fields();
    GOOD.put(
        "sk-ecdsa",
        KeyLine.of("sk-ecdsa-sha2-nistp256@openssh.com", ecdsa.get(1), ecdsa.get(2), application)
            .toString());
    GOOD.put(
        "rsa-16384", KeyLine.rsa(BigInteger.valueOf(65_537), KeyLine.modulus(16_384)).toString());
  }

  @Test
  void acceptsGoodKeysOfAllTypesWithTheSameBitsAndFingerprints() throws IOException {
    List<String> lines = List.copyOf(GOOD.values());
    List<List<SshKeygen.Verdict>> verdicts = sshKeygen.judge(lines);
    Set<KeyType> types = EnumSet.noneOf(KeyType.class);
    for (int i = 0; i < lines.size(); i++) {
      PublicKey key = KeyLine.accepted(lines.get(i));
      types.add(key.type());
      assertThat(verdicts.get(i)).as(lines.get(i)).containsExactly(inItsWords(key));
    }
    assertThat(types).containsExactlyInAnyOrder(KeyType.values());
  }

  @Test
  void acceptsManyFreshKeysOfTheQuickTypes() throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      lines.add(sshKeygen.generate("fresh-ed25519-" + i, "-t", "ed25519"));
      lines.add(sshKeygen.generate("fresh-ecdsa-" + i, "-t", "ecdsa", "-b", "521"));
    }
    List<List<SshKeygen.Verdict>> verdicts = sshKeygen.judge(lines);
    for (int i = 0; i < lines.size(); i++) {
      assertThat(verdicts.get(i)).containsExactly(inItsWords(KeyLine.accepted(lines.get(i))));
    }
  }

  @Test
  void refusesShortRsa() throws IOException {
    assertThat(problem(sshKeygen.generate("rsa-1024", "-t", "rsa", "-b", "1024")))
        .isEqualTo(KeyProblem.RSA_TOO_SHORT);
  }

  @Test
  void agreesOnTheLongestRsaKey() throws IOException {
    String longer = KeyLine.rsa(BigInteger.valueOf(65_537), KeyLine.modulus(16_385)).toString();
    assertThat(sshKeygen.judge(List.of(GOOD.get("rsa-16384"), longer)))
        .extracting(List::size)
        .containsExactly(1, 0);
    assertThat(problem(longer)).isEqualTo(KeyProblem.RSA_TOO_LONG);
  }

  @Test
  void refusesDsaWhereItCanStillBeMade() throws IOException {
    if (sshKeygen.makes("dsa")) {
      assertThat(problem(sshKeygen.generate("dsa", "-t", "dsa"))).isEqualTo(KeyProblem.DSA);
    }
  }

  @Test
  void refusesCertificates() throws IOException {
    for (String name : List.of("rsa-2048", "ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521")) {
      assertThat(problem(sshKeygen.certify(name, "ed25519")))
          .as(name)
          .isEqualTo(KeyProblem.CERTIFICATE);
    }
  }

  @Test
  void refusesPrivateKeysOfAllTypesAndFormatsWithoutRepeatingThem() throws IOException {
    List<String> privateKeys = new ArrayList<>();
    for (String name : List.of("rsa-2048", "ed25519", "ecdsa-256")) {
      privateKeys.add(sshKeygen.privateKey(name));
    }
    for (String format : List.of("PEM", "PKCS8")) {
      for (String type : List.of("rsa", "ecdsa")) {
        String name = "private-" + format + "-" + type;
        sshKeygen.generate(name, "-t", type, "-m", format);
        privateKeys.add(sshKeygen.privateKey(name));
      }
    }
    for (String privateKey : privateKeys) {
      String body =
          privateKey.lines().filter(line -> !line.startsWith("--")).reduce("", String::concat);
      String wrapped = Base64.getEncoder().encodeToString(KeyLine.bytes(privateKey));
      for (String pasted :
          List.of(
              privateKey,
              privateKey.replace("\n", "\\n"),
              privateKey.replace('\n', ' '),
              privateKey.substring(privateKey.indexOf('\n') + 1),
              body,
              wrapped,
              "ssh-rsa " + privateKey)) {
        PublicKey.Parsed parsed = PublicKey.parse(pasted);
        assertThat(parsed).as(pasted).isInstanceOf(PublicKey.Parsed.Refused.class);
        PublicKey.Parsed.Refused refused = (PublicKey.Parsed.Refused) parsed;
        assertThat(refused.code()).as(pasted).isEqualTo(KeyProblem.PRIVATE_KEY);
        for (int i = 0; i + 8 <= body.length(); i++) {
          assertThat(refused.toString()).doesNotContain(body.substring(i, i + 8));
        }
      }
    }
  }

  @Test
  void namesPublicKeysOfOtherFormats() throws IOException {
    for (String format : List.of("RFC4716", "PKCS8", "PEM")) {
      assertThat(problem(sshKeygen.export("rsa-2048", format)))
          .as(format)
          .isEqualTo(KeyProblem.NOT_OPENSSH_FORMAT);
    }
  }

  @Test
  void acceptsNothingThatSshKeygenRefuses() throws IOException {
    KeyMutator mutator = new KeyMutator(List.copyOf(GOOD.values()));
    List<KeyMutator.Mutant> mutants =
        IntStream.range(0, MUTANTS).mapToObj(number -> mutator.mutant(SEED, number)).toList();
    List<List<SshKeygen.Verdict>> verdicts =
        sshKeygen.judge(mutants.stream().map(KeyMutator.Mutant::line).toList());

    int acceptedByBoth = 0;
    int refusedByBoth = 0;
    Map<KeyProblem, Integer> stricter = new EnumMap<>(KeyProblem.class);
    for (int i = 0; i < mutants.size(); i++) {
      KeyMutator.Mutant mutant = mutants.get(i);
      List<SshKeygen.Verdict> verdict = verdicts.get(i);
      switch (PublicKey.parse(mutant.line())) {
        case PublicKey.Parsed.Accepted(PublicKey key, String _) -> {
          assertThat(verdict).as(mutant.toString()).containsExactly(inItsWords(key));
          acceptedByBoth++;
        }
        case PublicKey.Parsed.Refused(KeyProblem code, String _) -> {
          if (verdict.isEmpty()) {
            refusedByBoth++;
          } else if (WHERE_WE_ARE_STRICTER.contains(code)) {
            stricter.merge(code, 1, Integer::sum);
          } else {
            fail("refused with %s, but ssh-keygen accepts %s", code, mutant);
          }
        }
      }
    }
    // A mutator that only makes rubbish, or only good keys, would prove nothing.
    assertThat(acceptedByBoth).isGreaterThan(MUTANTS / 50);
    assertThat(refusedByBoth).isGreaterThan(MUTANTS / 4);
    assertThat(stricter).isNotEmpty();
    System.out.printf(
        "%d mutants of seed %d: %d accepted by both, %d refused by both, stricter %s%n",
        MUTANTS, SEED, acceptedByBoth, refusedByBoth, stricter);
  }

  private static void generate(String name, String... options) throws IOException {
    GOOD.put(name, sshKeygen.generate(name, options));
  }

  private static SshKeygen.Verdict inItsWords(PublicKey key) {
    return new SshKeygen.Verdict(key.bits(), key.fingerprint(), TYPES_AS_PRINTED.get(key.type()));
  }

  private static KeyProblem problem(String text) {
    PublicKey.Parsed parsed = PublicKey.parse(text);
    assertThat(parsed).isInstanceOf(PublicKey.Parsed.Refused.class);
    return ((PublicKey.Parsed.Refused) parsed).code();
  }
}
