package org.dbtbastion.keys;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PublicKeyTest {

  private static final BigInteger F4 = BigInteger.valueOf(65_537);
  private static final byte[] APPLICATION = KeyLine.bytes("ssh:");

  @Test
  void knowsTypeBitsAndFingerprints() {
    PublicKey key = KeyLine.accepted(KeyLine.RSA_2048);
    assertThat(key.type()).isEqualTo(KeyType.RSA);
    assertThat(key.bits()).isEqualTo(2048);
    assertThat(key.fingerprint()).isEqualTo(KeyLine.RSA_2048_FINGERPRINT);
    assertThat(key.sha256Hex())
        .isEqualTo(Fingerprint.parse(key.fingerprint()).orElseThrow().sha256Hex())
        .hasSize(64);
    assertThat(key.openSshLine()).isEqualTo(KeyLine.RSA_2048);
    assertThat(KeyLine.accepted(KeyLine.ED25519).fingerprint())
        .isEqualTo(KeyLine.ED25519_FINGERPRINT);
    assertThat(KeyLine.accepted(KeyLine.ECDSA_P256).fingerprint())
        .isEqualTo(KeyLine.ECDSA_P256_FINGERPRINT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"%s", "%s\n", "%s\r\n", "  %s\t", "\n\n%s\n\n", "\r\n%s   "})
  void toleratesWhiteSpaceAroundTheLine(String form) {
    PublicKey.Parsed parsed = PublicKey.parse(form.formatted(KeyLine.ED25519));
    assertThat(parsed)
        .isEqualTo(new PublicKey.Parsed.Accepted(KeyLine.accepted(KeyLine.ED25519), ""));
  }

  @Test
  void toleratesTabsAndSeveralSpacesBetweenTheParts() {
    String line = KeyLine.ED25519.replace(" ", " \t  ") + "\t \tanna's key, 2. Büro\r\n";
    assertThat(PublicKey.parse(line))
        .isEqualTo(
            new PublicKey.Parsed.Accepted(
                KeyLine.accepted(KeyLine.ED25519), "anna's key, 2. Büro"));
  }

  @Test
  void isOneKeyWhateverTheComment() {
    PublicKey plain = KeyLine.accepted(KeyLine.ED25519);
    PublicKey commented = KeyLine.accepted(KeyLine.ED25519 + " a comment");
    assertThat(commented).isEqualTo(plain).hasSameHashCodeAs(plain);
    assertThat(commented.openSshLine()).isEqualTo(KeyLine.ED25519);
    assertThat(plain).isNotEqualTo(KeyLine.accepted(KeyLine.RSA_2048));
    assertThat(plain).hasToString("ssh-ed25519 256 " + KeyLine.ED25519_FINGERPRINT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\n", "\r\n \t\n"})
  void refusesNothing(String text) {
    assertRefused(text, KeyProblem.EMPTY);
  }

  @Test
  void refusesSeveralLines() {
    assertRefused(KeyLine.ED25519 + "\n" + KeyLine.RSA_2048, KeyProblem.SEVERAL_LINES);
    assertRefused(KeyLine.ED25519 + "\r" + KeyLine.RSA_2048, KeyProblem.SEVERAL_LINES);
    assertRefused("# mine\n" + KeyLine.ED25519, KeyProblem.SEVERAL_LINES);
    assertRefused(KeyLine.RSA_2048.replaceAll("(.{70})", "$1\n"), KeyProblem.SEVERAL_LINES);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-----BEGIN OPENSSH PRIVATE KEY-----\nSECRET",
        "-----BEGIN RSA PRIVATE KEY-----\nSECRET",
        "-----BEGIN EC PRIVATE KEY-----\nSECRET",
        "-----BEGIN PRIVATE KEY-----\nSECRET",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nSECRET",
        "-----begin private key-----\nSECRET",
        "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nSECRET",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\nSECRET",
        "SECRET\n-----END RSA PRIVATE KEY-----",
        "BEGIN RSA PRIVATE KEY SECRET",
        "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nSECRET",
        "Private-Lines: 1\nSECRET",
        "SSH PRIVATE KEY FILE FORMAT 1.1\nSECRET",
        "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW SECRET",
        "\0-----BEGIN OPENSSH PRIVATE KEY-----\nSECRET",
      })
  void refusesPrivateKeysBeforeAnythingElseAndRepeatsNothing(String text) {
    PublicKey.Parsed.Refused refused = assertRefused(text, KeyProblem.PRIVATE_KEY);
    assertThat(refused.toString()).doesNotContain("SECRET");
    assertThat(refused.code().remedy()).contains("disclosed").contains("public key");
  }

  @Test
  void refusesPrivateKeysOfAnySize() {
    assertRefused(
        " ".repeat(1_000_000) + "-----BEGIN PRIVATE KEY-----" + "A".repeat(1_000_000),
        KeyProblem.PRIVATE_KEY);
  }

  @Test
  void refusesTheInsideOfAnEncryptedPkcs8Key() {
    byte[] der = HexFormat.of().parseHex("3082013d305706092a864886f70d01050d304a302906");
    assertRefused(Base64.getEncoder().encodeToString(der) + "SECRET", KeyProblem.PRIVATE_KEY);
  }

  @Test
  void doesNotTakeACommentForAPrivateKey() {
    KeyLine.accepted(KeyLine.ED25519 + " for my private key");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "command=\"sh -c 'rm -rf /'\" %s",
        "restrict,port-forwarding %s",
        "no-pty,from=\"10.0.0.0/8\" %s comment",
        "bastion.example.com,10.0.0.1 %s",
        "@cert-authority * %s",
      })
  void refusesOptionsAndHostNames(String form) {
    assertRefused(form.formatted(KeyLine.ED25519), KeyProblem.OPTIONS_NOT_ALLOWED);
    assertRefused(form.formatted(KeyLine.RSA_2048), KeyProblem.OPTIONS_NOT_ALLOWED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ssh-rsa-cert-v01@openssh.com",
        "ssh-ed25519-cert-v01@openssh.com",
        "ecdsa-sha2-nistp521-cert-v01@openssh.com",
        "sk-ssh-ed25519-cert-v01@openssh.com",
        "ssh-dss-cert-v01@openssh.com",
        "ssh-rsa-cert-v00@openssh.com",
      })
  void refusesCertificates(String type) {
    assertRefused(type + " AAAAHHNzaC1yc2E=", KeyProblem.CERTIFICATE);
  }

  @Test
  void refusesDsa() {
    assertRefused("ssh-dss AAAAB3NzaC1kc3M=", KeyProblem.DSA);
  }

  @Test
  void refusesUnknownTypesAndRepeatsOnlyWhatIsATypeName() {
    assertThat(assertRefused("ssh-ed448 AAAA", KeyProblem.UNKNOWN_TYPE).detail())
        .contains("ssh-ed448");
    assertThat(assertRefused("rsa-sha2-256 AAAA", KeyProblem.UNKNOWN_TYPE).detail())
        .contains("rsa-sha2-256");
    assertThat(assertRefused("hunter2-is-my-password", KeyProblem.UNKNOWN_TYPE).detail())
        .doesNotContain("hunter2");
    assertThat(assertRefused("ssh-" + "x".repeat(50), KeyProblem.UNKNOWN_TYPE).detail())
        .doesNotContain("xx");
    assertRefused("SSH-RSA AAAA", KeyProblem.UNKNOWN_TYPE);
    assertRefused("RSA" + KeyLine.RSA_2048.substring(7), KeyProblem.UNKNOWN_TYPE);
    assertRefused("# " + "a comment", KeyProblem.UNKNOWN_TYPE);
    assertRefused("{\"publicKey\": \"ssh\"}", KeyProblem.UNKNOWN_TYPE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ssh-ed25519 AAAA!AAA",
        "ssh-ed25519 =",
        "ssh-ed25519 AAA=AAAA",
        "ssh-ed25519 A===",
        "ssh-ed25519 AAAA-_AA",
        "ssh-ed25519 ÄÄÄÄ",
        "ssh-ed25519 AAAAéAAA",
      })
  void refusesWhatIsNotBase64(String line) {
    assertRefused(line, KeyProblem.NOT_BASE64);
  }

  @Test
  void refusesASecondSpellingOfTheSameData() {
    assertRefused(KeyLine.ECDSA_P256.replace("5mM=", "5mN="), KeyProblem.NOT_BASE64);
  }

  @Test
  void refusesTruncatedKeysWhereverTheyAreCut() {
    assertRefused("ssh-rsa", KeyProblem.TRUNCATED);
    assertRefused(KeyLine.RSA_2048.split(" ")[1], KeyProblem.TRUNCATED);
    for (int length = "ssh-rsa A".length(); length < KeyLine.RSA_2048.length(); length++) {
      assertRefused(KeyLine.RSA_2048.substring(0, length), KeyProblem.TRUNCATED);
    }
    KeyLine key = KeyLine.split(KeyLine.ED25519);
    for (int length = 1; length < key.data().length; length++) {
      assertRefused(key.with(Arrays.copyOf(key.data(), length)), KeyProblem.TRUNCATED);
    }
    assertRefused(KeyLine.RSA_2048.replaceFirst("(.{70})", "$1 "), KeyProblem.TRUNCATED);
  }

  @Test
  void refusesLengthsBeyondTheData() {
    byte[] data = KeyLine.split(KeyLine.ED25519).data();
    for (int first : new int[] {0x7f, 0x80, 0xff}) {
      byte[] changed = data.clone();
      changed[0] = (byte) first;
      assertRefused(KeyLine.split(KeyLine.ED25519).with(changed), KeyProblem.TRUNCATED);
    }
  }

  @Test
  void refusesTypesThatDiffer() {
    assertRefused(KeyLine.ED25519.replace("ssh-ed25519", "ssh-rsa"), KeyProblem.TYPE_MISMATCH);
    assertRefused(KeyLine.ECDSA_P256.replace("nistp256", "nistp384"), KeyProblem.TYPE_MISMATCH);
    KeyLine rsa = KeyLine.split(KeyLine.RSA_2048);
    assertRefused(rsa.withField(0, KeyLine.bytes("RSA")).toString(), KeyProblem.TYPE_MISMATCH);
    assertRefused(
        rsa.withField(0, KeyLine.bytes("ssh-rsa\0")).toString(), KeyProblem.TYPE_MISMATCH);
    KeyLine ecdsa = KeyLine.split(KeyLine.ECDSA_P256);
    assertRefused(
        ecdsa.withField(1, KeyLine.bytes("nistp384")).toString(), KeyProblem.TYPE_MISMATCH);
  }

  @Test
  void refusesWhatFollowsTheKey() {
    for (String line : new String[] {KeyLine.ED25519, KeyLine.RSA_2048, KeyLine.ECDSA_P256}) {
      KeyLine key = KeyLine.split(line);
      byte[] longer = Arrays.copyOf(key.data(), key.data().length + 1);
      assertRefused(key.with(longer), KeyProblem.TRAILING_DATA);
    }
  }

  @ParameterizedTest
  @CsvSource({"1024", "2047"})
  void refusesShortRsa(int bits) {
    PublicKey.Parsed.Refused refused =
        assertRefused(KeyLine.rsa(F4, KeyLine.modulus(bits)).toString(), KeyProblem.RSA_TOO_SHORT);
    assertThat(refused.detail()).contains(Integer.toString(bits));
  }

  @ParameterizedTest
  @CsvSource({"2048", "2049", "3072", "4096", "16384"})
  void acceptsRsaFromTo(int bits) {
    PublicKey key = KeyLine.accepted(KeyLine.rsa(F4, KeyLine.modulus(bits)).toString());
    assertThat(key.bits()).isEqualTo(bits);
  }

  @Test
  void refusesLongRsa() {
    assertRefused(KeyLine.rsa(F4, KeyLine.modulus(16_385)).toString(), KeyProblem.RSA_TOO_LONG);
  }

  @Test
  void acceptsOnlyExponentsThatMakeSense() {
    BigInteger modulus = KeyLine.modulus(2048);
    KeyLine.accepted(KeyLine.rsa(BigInteger.valueOf(3), modulus).toString());
    KeyLine.accepted(KeyLine.rsa(KeyLine.modulus(200), modulus).toString());
    for (long exponent : new long[] {0, 1, 2, 65_536, -3}) {
      assertInvalid(KeyLine.rsa(BigInteger.valueOf(exponent), modulus));
    }
    assertInvalid(KeyLine.rsa(modulus, modulus));
    assertInvalid(KeyLine.rsa(KeyLine.modulus(65), KeyLine.modulus(4096)));
    KeyLine.accepted(KeyLine.rsa(KeyLine.modulus(64), KeyLine.modulus(4096)).toString());
  }

  @Test
  void refusesModuliThatAreNone() {
    assertInvalid(KeyLine.rsa(F4, KeyLine.modulus(2048).add(BigInteger.ONE)));
    assertInvalid(KeyLine.rsa(F4, KeyLine.modulus(2048).negate()));
    assertInvalid(KeyLine.rsa(F4, BigInteger.ZERO));
  }

  @Test
  void refusesNumbersWithSuperfluousZeros() {
    KeyLine rsa = KeyLine.split(KeyLine.RSA_2048);
    assertInvalid(rsa.withField(1, new byte[] {0, 1, 0, 1}));
    byte[] modulus = rsa.fields().get(2);
    byte[] padded = new byte[modulus.length + 1];
    System.arraycopy(modulus, 0, padded, 1, modulus.length);
    assertInvalid(rsa.withField(2, padded));
    assertInvalid(rsa.withField(1, new byte[0]));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // The neutral point, and the points of order 2, 4 and 8.
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        // The same with numbers that are not reduced.
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        // No point: there is no x for y = 2.
        "0200000000000000000000000000000000000000000000000000000000000000",
        // 31 and 33 bytes.
        "03000000000000000000000000000000000000000000000000000000000000",
        "030000000000000000000000000000000000000000000000000000000000000000",
        "",
      })
  void refusesEd25519PointsThatNobodyOrEverybodyCanUse(String hex) {
    byte[] point = HexFormat.of().parseHex(hex);
    assertInvalid(KeyLine.of("ssh-ed25519", point));
    assertInvalid(KeyLine.of("sk-ssh-ed25519@openssh.com", point, APPLICATION));
  }

  @Test
  void acceptsTheEd25519KeysOfRfc8032() {
    for (String hex :
        new String[] {
          "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
          "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
          "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        }) {
      KeyLine.accepted(KeyLine.of("ssh-ed25519", HexFormat.of().parseHex(hex)).toString());
    }
  }

  @Test
  void refusesEcdsaPointsThatAreNone() {
    KeyLine key = KeyLine.split(KeyLine.ECDSA_P256);
    byte[] point = key.fields().get(2);
    BigInteger x = new BigInteger(1, Arrays.copyOfRange(point, 1, 33));
    BigInteger y = new BigInteger(1, Arrays.copyOfRange(point, 33, 65));
    BigInteger p = NistCurve.P256.prime();

    KeyLine.accepted(key.withField(2, KeyLine.point(4, 32, x, p.subtract(y))).toString());
    assertInvalid(key.withField(2, KeyLine.point(4, 32, x, y.add(BigInteger.ONE))));
    assertInvalid(key.withField(2, KeyLine.point(4, 32, y, x)));
    assertInvalid(key.withField(2, KeyLine.point(6, 32, x, y)));
    assertInvalid(key.withField(2, KeyLine.point(4, 32, p, y)));
    assertInvalid(key.withField(2, Arrays.copyOf(KeyLine.point(3, 32, x, y), 33)));
    assertInvalid(key.withField(2, new byte[] {0}));
    assertInvalid(key.withField(2, new byte[0]));
    assertInvalid(key.withField(2, Arrays.copyOf(point, 64)));
    assertInvalid(key.withField(2, Arrays.copyOf(point, 66)));
    // On the curve, but OpenSSH refuses so small a coordinate.
    BigInteger root = NistCurve.P256.b().modPow(p.add(BigInteger.ONE).shiftRight(2), p);
    assertInvalid(key.withField(2, KeyLine.point(4, 32, BigInteger.ZERO, root)));
  }

  @Test
  void wantsAnApplicationInSecurityKeys() {
    byte[] point = KeyLine.split(KeyLine.ED25519).fields().get(1);
    String type = "sk-ssh-ed25519@openssh.com";
    PublicKey key = KeyLine.accepted(KeyLine.of(type, point, APPLICATION).toString());
    assertThat(key.type()).isEqualTo(KeyType.SK_ED25519);
    assertThat(key.bits()).isEqualTo(256);
    assertRefused(KeyLine.of(type, point).toString(), KeyProblem.TRUNCATED);
    for (String application : new String[] {"", "ssh:\0", "ssh:\n", "s sh", "x".repeat(256)}) {
      assertInvalid(KeyLine.of(type, point, KeyLine.bytes(application)));
    }
  }

  @Test
  void refusesTooLongLines() {
    int room = 16_384 - KeyLine.ED25519.length() - 1;
    KeyLine.accepted(KeyLine.ED25519 + " " + "x".repeat(room));
    assertRefused(KeyLine.ED25519 + " " + "x".repeat(room + 1), KeyProblem.TOO_LARGE);
    assertRefused("x".repeat(1_000_000) + " ".repeat(1_000_000) + "x", KeyProblem.TOO_LARGE);
  }

  @ParameterizedTest
  @CsvSource({
    "0000", "0001", "000B", "001B", "007F", "0085", "00A0", "00AD", "200B", "202E", "2028", "2029",
    "3000", "FEFF", "D800",
  })
  void refusesInvisibleCharactersAnywhereOnTheLine(String hex) {
    String character = Character.toString(Integer.parseInt(hex, 16));
    String line = KeyLine.ED25519 + " comment";
    for (int at : new int[] {0, 5, 11, 30, line.length() - 3}) {
      PublicKey.Parsed.Refused refused =
          assertRefused(
              line.substring(0, at) + character + line.substring(at),
              KeyProblem.CONTROL_CHARACTERS);
      assertThat(refused.detail()).isEqualTo("Character %d is U+%s.".formatted(at + 1, hex));
    }
  }

  @Test
  void namesTheFormatOfOtherPrograms() {
    assertRefused(
        "---- BEGIN SSH2 PUBLIC KEY ----\nComment: x\nAAAA\n---- END SSH2 PUBLIC KEY ----",
        KeyProblem.NOT_OPENSSH_FORMAT);
    assertRefused("-----BEGIN PUBLIC KEY-----\nMIIB", KeyProblem.NOT_OPENSSH_FORMAT);
    assertRefused("-----BEGIN CERTIFICATE-----\nMIIB", KeyProblem.NOT_OPENSSH_FORMAT);
    assertThat(KeyProblem.NOT_OPENSSH_FORMAT.remedy()).contains("ssh-keygen -i");
  }

  @ParameterizedTest
  @EnumSource
  void everyProblemHasAStableCodeAndASentenceOfRemedy(KeyProblem problem) {
    assertThat(problem.code()).matches("key-[a-z0-9-]+");
    assertThat(problem.remedy()).matches("[A-Z][^.].*\\.").doesNotContain("\n");
  }

  @Test
  void codesAreDistinct() {
    Set<String> codes = new HashSet<>();
    for (KeyProblem problem : KeyProblem.values()) {
      assertThat(codes.add(problem.code())).as(problem.code()).isTrue();
    }
  }

  @Test
  void theLongestKeyFitsIntoAStandardParameterWithTheLongestLabel() {
    PublicKey key = KeyLine.accepted(KeyLine.rsa(F4, KeyLine.modulus(16_384)).toString());
    String label = "\uD835\uDC00".repeat(100);
    assertThat(new Label(label).text()).isEqualTo(label);
    String value =
        """
        {"publicKey":"%s","label":"%s","registered":"%s","expires":"%s"}"""
            .formatted(key.openSshLine(), label, "2026-11-23T03:00:00Z", "9999-12-31T23:59:59Z");
    assertThat(value.getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(4096);
  }

  private static void assertInvalid(KeyLine line) {
    assertRefused(line.toString(), KeyProblem.INVALID_KEY);
  }

  private static PublicKey.Parsed.Refused assertRefused(String text, KeyProblem expected) {
    PublicKey.Parsed parsed = PublicKey.parse(text);
    assertThat(parsed).as(text).isInstanceOf(PublicKey.Parsed.Refused.class);
    PublicKey.Parsed.Refused refused = (PublicKey.Parsed.Refused) parsed;
    assertThat(refused.code()).as(text).isEqualTo(expected);
    assertThat(refused.detail()).endsWith(".").hasSizeLessThan(160);
    return refused;
  }
}
