package org.dbtbastion.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.dbtbastion.action.Action;
import org.dbtbastion.check.Options;
import org.dbtbastion.keys.Fingerprint;
import org.dbtbastion.keys.KeyLine;
import org.dbtbastion.keys.KeyProblem;
import org.dbtbastion.keys.Label;
import org.dbtbastion.registry.InMemoryKeyStore;
import org.dbtbastion.registry.KeyRegistry;
import org.dbtbastion.report.Route;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestReaderTest {

  private static final Instant NOW = Instant.parse("2026-11-23T03:00:00Z");

  /** Base64 as in the body of a private key: every piece of it is recognizable. */
  private static final String CANARY =
      "CANARYcanaryCANARYcanaryCANARYcanaryCANARYcanaryCANARYcanary";

  private static final KeyRegistry REGISTRY =
      new KeyRegistry(new InMemoryKeyStore(), (_, _) -> List.of(), () -> NOW);

  private final RequestReader reader = reader(EnumSet.allOf(Action.class));

  // What makes sense

  @Test
  void readsARegistration() throws IOException {
    assertThat(
            read(
                """
                {"action":"register-key","publicKey":"%s a comment","label":"prod: analytics",
                 "expiresAt":"2027-01-31T00:00:00Z"}
                """
                    .formatted(KeyLine.ED25519)))
        .isEqualTo(
            new Request.RegisterKey(
                KeyLine.accepted(KeyLine.ED25519),
                new Label("prod: analytics"),
                Optional.of(Instant.parse("2027-01-31T00:00:00Z"))));
  }

  @Test
  void readsARegistrationWithoutAnExpiry() throws IOException {
    assertThat(read(registration().toString()))
        .isEqualTo(
            new Request.RegisterKey(
                KeyLine.accepted(KeyLine.ED25519), new Label("prod"), Optional.empty()));
  }

  @Test
  void readsARevocationByEitherFormOfTheFingerprint() throws IOException {
    Fingerprint fingerprint = Fingerprint.parse(KeyLine.ED25519_FINGERPRINT).orElseThrow();

    for (String text : List.of(fingerprint.toString(), fingerprint.sha256Hex())) {
      assertThat(read(object("revoke-key").put("fingerprint", text).toString()))
          .isEqualTo(new Request.RevokeKey(fingerprint));
    }
  }

  @Test
  void readsRequestsWithoutFields() throws IOException {
    assertThat(read("{\"action\":\"list-keys\"}")).isEqualTo(new Request.ListKeys());
    assertThat(read("{\"action\":\"renew-check-key\"}")).isEqualTo(new Request.RenewCheckKey());
  }

  @Test
  void readsACheckOfEverything() throws IOException {
    assertThat(read("{\"action\":\"check\"}"))
        .isEqualTo(
            new Request.Check(
                Selection.ALL, EnumSet.allOf(Route.class), Options.NONE, false, false));
  }

  @Test
  void readsACheckOfSomeThings() throws IOException {
    assertThat(
            read(
                """
                {"action":"check","connections":["b","a","b"],"routes":["tunnel"],
                 "failOnError":true,"audit":true}
                """))
        .isEqualTo(
            new Request.Check(
                new Selection(Set.of("a", "b"), List.of()),
                Set.of(Route.TUNNEL),
                Options.NONE,
                true,
                true));
  }

  @ParameterizedTest
  @CsvSource({"1,PT1S", "840,PT14M", "'\"PT14M\"',PT14M", "'\"PT0.5S\"',PT0.5S"})
  void readsAHold(String json, Duration hold) throws IOException {
    assertThat(read("{\"action\":\"check\",\"hold\":" + json + "}"))
        .isEqualTo(
            new Request.Check(
                Selection.ALL,
                EnumSet.allOf(Route.class),
                new Options(true, Optional.of(hold), 0),
                false,
                false));
  }

  @Test
  void readsACheckWithoutLogin() throws IOException {
    assertThat(read("{\"action\":\"check\",\"login\":false}"))
        .isEqualTo(
            new Request.Check(
                Selection.ALL,
                EnumSet.allOf(Route.class),
                new Options(false, Optional.empty(), 0),
                false,
                false));
  }

  @Test
  void readsHowManyLogins() throws IOException {
    assertThat(read("{\"action\":\"check\",\"logins\":500}"))
        .isEqualTo(
            new Request.Check(
                Selection.ALL,
                EnumSet.allOf(Route.class),
                new Options(true, Optional.empty(), 500),
                false,
                false));
  }

  @Test
  void readsWhatToTypeIntoDbt() throws IOException {
    assertThat(read("{\"action\":\"dbt-settings\"}"))
        .isEqualTo(new Request.DbtSettings(Optional.empty()));
    assertThat(read("{\"action\":\"dbt-settings\",\"connection\":\"analytics\"}"))
        .isEqualTo(new Request.DbtSettings(Optional.of("analytics")));
  }

  // What is no request at all

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "   ",
        "null",
        "true",
        "42",
        "\"list-keys\"",
        "[]",
        "[{\"action\":\"list-keys\"}]",
        "{",
        "{\"action\":\"list-keys\"",
        "{\"action\":\"list-keys\"}}",
        "{\"action\":\"list-keys\"} {}",
        "{\"action\":\"list-keys\"} x",
        "{\"action\":\"list-keys\",}",
        "{action:\"list-keys\"}",
        "{'action':'list-keys'}",
        "{\"action\":\"list-\nkeys\"}",
        "{\"action\":\"list-\u0001keys\"}",
        "{\"action\":NaN}",
        "{\"action\":\"\\ud8\"}",
        "action=list-keys",
      })
  void refusesWhatIsNoJsonObject(String text) {
    assertThat(refusal(text)).contains("request: request-not-json: ").endsWith("list-keys\"}.");
  }

  @Test
  void saysWhereTheJsonEnds() {
    assertThat(refusal("{\"action\":\n  x}"))
        .contains("It is not JSON at line 2, column ")
        .doesNotContain("token");
  }

  @Test
  void refusesAFieldThatIsThereTwice() {
    assertThat(refusal("{\"action\":\"list-keys\",\"action\":\"check\"}"))
        .contains("request: request-not-json: It has the same field twice at line 1, column ");
  }

  @Test
  void refusesTextInAnotherEncoding() {
    byte[] latin1 =
        "{\"action\":\"register-key\",\"label\":\"Büro\"}".getBytes(StandardCharsets.ISO_8859_1);

    assertThat(refusal(latin1)).contains("request: request-not-json: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"00 00 00 7b 00 00", "00 00 7b 00", "ff fe 00 00 ff ff ff ff", "c3 28"})
  void refusesBytesThatAreNoText(String hex) {
    byte[] bytes = HexFormat.ofDelimiter(" ").parseHex(hex);

    assertThat(refusal(bytes)).contains("request: request-not-json: ");
  }

  @Test
  void refusesWhatIsNestedTooDeeply() {
    assertThat(refusal("{\"action\":" + "[".repeat(50) + "]".repeat(50) + "}"))
        .contains("request: request-too-large: ")
        .contains("nested");
    assertThat(refusal("[".repeat(100_000))).contains("request: request-too-large: ");
  }

  @Test
  void refusesNumbersOfAnyLength() {
    assertThat(refusal("{\"action\":" + "9".repeat(100_000) + "}"))
        .contains("request: request-too-large: ");
  }

  @Test
  void refusesWhatIsTooLarge() {
    assertThat(refusal("{\"action\":\"list-keys\"}" + " ".repeat(256 * 1024)))
        .contains("request: request-too-large: It has more than 262144 bytes.");
  }

  // Fields

  @ParameterizedTest
  @ValueSource(strings = {"null", "7", "1.5", "true", "[\"check\"]", "{\"check\":1}", "[]", "{}"})
  void refusesAnActionThatIsNoText(String value) {
    assertThat(refusal("{\"action\":" + value + "}"))
        .contains("action: field-type: ")
        .contains("Give text.");
  }

  @Test
  void refusesARequestWithoutAnAction() {
    assertThat(refusal("{}")).contains("action: field-missing: It is missing. Give text.");
  }

  @Test
  void refusesAnActionThatDoesNotExist() {
    assertThat(refusal("{\"action\":\"Check\\u0000\\ud83d\\ude80\\udc00\"}"))
        .contains("action: action-unknown: There is no action 'Check?🚀?'.")
        .contains("Use one of: register-key, revoke-key, list-keys, renew-check-key, check,")
        .contains(" dbt-settings.");
  }

  @Test
  void refusesAnActionThatThisFunctionDoesNotOffer() {
    RequestReader checkOnly = reader(EnumSet.of(Action.CHECK));

    assertThat(refusal(checkOnly, bytes(registration().toString())))
        .contains("action: action-not-offered: This function does not answer register-key.")
        .contains("It answers check; invoke the deployment's other function for register-key.");
  }

  @Test
  void namesAllThatIsWrongAtOnce() {
    String refused =
        refusal(
            """
            {"action":"register-key","publicKey":"ssh-dss AAAAB3NzaC1kc3M=","label":" x",
             "expiresAt":"2020-01-01T00:00:00Z","expires":1,"from":"10.0.0.0/8"}
            """);

    assertThat(refused.lines()).hasSize(6);
    assertThat(refused)
        .startsWith("The request was refused and nothing was changed.\n")
        .containsSubsequence(
            "\npublicKey: key-dsa: ",
            "\nlabel: label-invalid: ",
            "\nexpiresAt: expiry-in-the-past: ",
            "\n'expires': field-unknown: register-key has no such field.",
            "\n'from': field-unknown: ",
            "the fields are: action, expiresAt, label, publicKey.");
  }

  @Test
  void namesAllThatIsMissingAtOnce() {
    assertThat(refusal("{\"action\":\"register-key\"}"))
        .containsSubsequence("publicKey: field-missing: ", "label: field-missing: ")
        .doesNotContain("expiresAt");
    assertThat(refusal("{\"action\":\"revoke-key\"}")).contains("fingerprint: field-missing: ");
  }

  @Test
  void namesAllThatIsOfTheWrongTypeAtOnce() {
    assertThat(
            refusal(
                """
                {"action":"register-key","publicKey":["a"],"label":null,"expiresAt":1798761600}
                """))
        .containsSubsequence(
            "publicKey: field-type: It is of type array. Give text.",
            "label: field-type: It is of type null. Give text.",
            "expiresAt: field-type: It is of type number. Give text.");
    assertThat(
            refusal(
                """
                {"action":"check","connections":"analytics","routes":[null],"failOnError":"true",
                 "audit":1}
                """))
        .containsSubsequence(
            "connections: field-type: It is of type string. Give a list of names, or of"
                + " descriptions.",
            "routes: field-type: It is of type null. Give a list of text.",
            "failOnError: field-type: It is of type string. Give true or false.",
            "audit: field-type: It is of type number. Give true or false.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "expiresAt",
        "connections",
        "routes",
        "hold",
        "logins",
        "failOnError",
        "audit",
        "connection"
      })
  void refusesNullForWhatMayBeLeftOut(String field) {
    ObjectNode request =
        switch (field) {
          case "expiresAt" -> registration();
          case "connection" -> object("dbt-settings");
          default -> object("check");
        };
    request.putNull(field);

    assertThat(refusal(request)).contains(field + ": field-type: It is of type null.");
  }

  @Test
  void refusesListsThatAreEmpty() {
    assertThat(refusal("{\"action\":\"check\",\"connections\":[],\"routes\":[]}"))
        .containsSubsequence(
            "connections: field-type: It is an empty list.",
            "routes: field-type: It is an empty list.");
  }

  @Test
  void refusesRoutesThatDoNotExist() {
    assertThat(refusal("{\"action\":\"check\",\"routes\":[\"tunnel\",\"Direct\",\"\"]}"))
        .containsSubsequence(
            "routes: route-unknown: There is no route 'Direct'. Use one or more of: direct, tunnel.",
            "routes: route-unknown: There is no route ''.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "-1",
        "841",
        "1e99",
        "99999999999",
        "\"840\"",
        "\"PT0S\"",
        "\"-PT1S\"",
        "\"PT14M1S\"",
        "\"P1D\"",
        "\"P999999999999D\"",
        "\"five minutes\"",
        "\"\"",
        "1.5",
        "true",
        "[5]"
      })
  void refusesWhatIsNoHold(String json) {
    assertThat(refusal("{\"action\":\"check\",\"hold\":" + json + "}"))
        .containsPattern("hold: (hold-invalid|field-type): ")
        .contains("Give seconds, or PT5M as ISO 8601 has it; at most PT14M.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "501", "99999999999", "1e3", "\"7\"", "2.5", "[5]"})
  void refusesWhatIsNoNumberOfLogins(String json) {
    assertThat(refusal("{\"action\":\"check\",\"logins\":" + json + "}"))
        .containsPattern("logins: (logins-invalid|field-type): ")
        .contains("Give a number from 1 to 500.");
  }

  @Test
  void refusesWhatIsForTunnelsWhereThereIsNone() {
    assertThat(refusal("{\"action\":\"check\",\"routes\":[\"direct\"],\"hold\":60,\"logins\":9}"))
        .containsSubsequence(
            "hold: hold-without-tunnel: It is for tunnels, and the routes have none. Leave routes"
                + " out, or name tunnel among them.",
            "logins: logins-without-tunnel: ");
  }

  @ParameterizedTest
  @EnumSource(
      value = Action.class,
      names = {"LIST_KEYS", "RENEW_CHECK_KEY", "REVOKE_KEY", "CHECK", "DBT_SETTINGS"})
  void refusesFieldsOfOtherActions(Action action) {
    ObjectNode request = object(action.id());
    request.put("label", "prod");

    assertThat(refusal(request))
        .contains("'label': field-unknown: " + action.id() + " has no such field. Remove it;");
  }

  // Keys

  @ParameterizedTest
  @EnumSource(KeyProblem.class)
  void passesOnWhatIsWrongWithAKey(KeyProblem problem) {
    String refused = refusal(registration().put("publicKey", example(problem)));

    assertThat(refused).contains("publicKey: " + problem.code() + ": ").endsWith(problem.remedy());
  }

  private static String example(KeyProblem problem) {
    return switch (problem) {
      case EMPTY -> " \n";
      case SEVERAL_LINES -> KeyLine.ED25519 + "\n" + KeyLine.ED25519;
      case PRIVATE_KEY -> privateKey();
      case OPTIONS_NOT_ALLOWED -> "command=\"sh\" " + KeyLine.ED25519;
      case CERTIFICATE -> "ssh-ed25519-cert-v01@openssh.com AAAA";
      case DSA -> "ssh-dss AAAAB3NzaC1kc3M=";
      case UNKNOWN_TYPE -> "ssh-ed448 AAAA";
      case NOT_BASE64 -> "ssh-ed25519 AAAA!";
      case TRUNCATED -> KeyLine.ED25519.substring(0, 60);
      case TYPE_MISMATCH -> KeyLine.ED25519.replaceFirst("ssh-ed25519", "ssh-rsa");
      case TRAILING_DATA -> KeyLine.ED25519 + "AAAA";
      case RSA_TOO_SHORT -> KeyLine.rsaOf(1024);
      case RSA_TOO_LONG -> KeyLine.rsaOf(16_392);
      case INVALID_KEY -> "ssh-ed25519 " + KeyLine.ED25519.substring(12, 37) + "A".repeat(43);
      case NOT_OPENSSH_FORMAT -> "---- BEGIN SSH2 PUBLIC KEY ----";
      case TOO_LARGE -> KeyLine.ED25519 + " " + "x".repeat(17_000);
      case CONTROL_CHARACTERS -> KeyLine.ED25519 + " \u202e";
    };
  }

  @Test
  void repeatsNothingOfAPrivateKeyWhereverItIsPasted() {
    String putty = "PuTTY-User-Key-File-3: ssh-ed25519\nPrivate-Lines: 1\n" + CANARY;
    for (String pasted : List.of(privateKey(), CANARY + "=", putty)) {
      for (String field : List.of("publicKey", "label", "expiresAt")) {
        assertNothingRepeated(registration().put(field, pasted));
      }
      assertNothingRepeated(object(pasted));
      assertNothingRepeated(object("revoke-key").put("fingerprint", pasted));
      assertNothingRepeated(object("list-keys").put(pasted, 1));
      assertNothingRepeated(object("list-keys").put("privateKey", pasted));
      ObjectNode check = object("check");
      check.putArray("routes").add(pasted);
      assertNothingRepeated(check);
    }
  }

  @Test
  void repeatsNothingOfAPrivateKeyInJsonThatIsBroken() {
    assertThat(refusal("{\"action\":" + privateKey() + "}")).doesNotContain(CANARY.substring(0, 6));
    assertThat(refusal(privateKey())).doesNotContain("BEGIN");
    assertThat(refusal("{\"" + CANARY + "\":1,\"" + CANARY + "\":1}"))
        .doesNotContain(CANARY.substring(0, 6));
    assertThat(refusal(CANARY)).doesNotContain(CANARY.substring(0, 6));
  }

  private void assertNothingRepeated(ObjectNode request) {
    assertThat(refusal(request)).doesNotContainIgnoringCase("canary").doesNotContain("BEGIN");
  }

  private static String privateKey() {
    String body = Base64.getEncoder().encodeToString(bytes("openssh-key-v1\0"));
    return "-----BEGIN OPENSSH PRIVATE KEY-----\n"
        + body
        + CANARY
        + "\n-----END OPENSSH PRIVATE KEY-----\n";
  }

  // Labels, expiries, fingerprints

  @ParameterizedTest
  @ValueSource(strings = {"", " prod", "prod\\n", "pr\\u0000od", "{{ssm:x}}", "a;b", "\\ud800"})
  void refusesLabelsThatAreNone(String label) {
    assertThat(
            refusal(
                "{\"action\":\"register-key\",\"publicKey\":\"%s\",\"label\":\"%s\"}"
                    .formatted(KeyLine.ED25519, label)))
        .contains("label: label-invalid: The label ")
        .contains("Name the dbt connection that the key belongs to, such as prod-analytics.");
  }

  @Test
  void keepsTheLabelOfTheChecksOwnKeyToItself() {
    assertThat(refusal(registration().put("label", "connection-check")))
        .contains("label: label-reserved: ")
        .endsWith("Choose another label.");
  }

  @ParameterizedTest
  @CsvSource({
    "tomorrow, expiry-malformed",
    "2027-01-31, expiry-malformed",
    "2027-01-31T00:00:00, expiry-malformed",
    "2027-02-30T00:00:00Z, expiry-malformed",
    "'', expiry-malformed",
    "2026-11-23T03:00:00Z, expiry-in-the-past",
    "2026-11-23T03:00:00.999Z, expiry-in-the-past",
    "-1000000-01-01T00:00:00Z, expiry-in-the-past",
    "+10000-01-01T00:00:00Z, expiry-too-far",
    "+1000000000-12-31T23:59:59Z, expiry-too-far",
  })
  void refusesExpiriesAsTheRegistryDoes(String expiry, String code) {
    assertThat(refusal(registration().put("expiresAt", expiry)))
        .contains("expiresAt: " + code + ": ");
  }

  @Test
  void readsAnExpiryOfAnotherZone() throws IOException {
    assertThat(read(registration().put("expiresAt", "2027-01-31T01:00:00+01:00").toString()))
        .extracting(request -> ((Request.RegisterKey) request).expiresAt())
        .isEqualTo(Optional.of(Instant.parse("2027-01-31T00:00:00Z")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "prod", "SHA256:", "MD5:00:11:22", "SHA256:3SxlcvcAHTcDdn", "abcdef"})
  void refusesFingerprintsThatAreNone(String fingerprint) {
    assertThat(refusal(object("revoke-key").put("fingerprint", fingerprint)))
        .contains("fingerprint: fingerprint-malformed: '" + fingerprint + "' is no fingerprint.")
        .contains("list-keys shows them.");
  }

  // How it is told

  @Test
  void tellsItAsAnAnswerRatherThanADefect() {
    assertThatThrownBy(() -> read("{}"))
        .isExactlyInstanceOf(RequestRefused.class)
        .hasNoCause()
        .satisfies(refused -> assertThat(refused.getStackTrace()).isEmpty());
  }

  private static RequestReader reader(Set<Action> offered) {
    return new RequestReader(offered, REGISTRY::refusalOf);
  }

  private static ObjectNode object(String action) {
    return JsonNodeFactory.instance.objectNode().put("action", action);
  }

  private static ObjectNode registration() {
    return object("register-key").put("publicKey", KeyLine.ED25519).put("label", "prod");
  }

  private Request read(String json) throws IOException {
    return reader.read(new ByteArrayInputStream(bytes(json)));
  }

  private String refusal(ObjectNode request) {
    return refusal(request.toString());
  }

  private String refusal(String json) {
    return refusal(bytes(json));
  }

  private String refusal(byte[] request) {
    return refusal(reader, request);
  }

  private static String refusal(RequestReader reader, byte[] request) {
    RequestRefused refused =
        catchThrowableOfType(
            RequestRefused.class, () -> reader.read(new ByteArrayInputStream(request)));
    assertThat(refused).as(new String(request, Charset.defaultCharset())).isNotNull();
    return refused.getMessage();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
