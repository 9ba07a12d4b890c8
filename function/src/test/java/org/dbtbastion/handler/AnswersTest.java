package org.dbtbastion.handler;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dbtbastion.audit.Cause;
import org.dbtbastion.audit.Finding;
import org.dbtbastion.keys.Fingerprint;
import org.dbtbastion.keys.KeyLine;
import org.dbtbastion.registry.HostSync;
import org.dbtbastion.registry.ListedKey;
import org.dbtbastion.registry.RegisteredKey;
import org.dbtbastion.registry.Registration;
import org.dbtbastion.registry.Revocation;
import org.dbtbastion.report.Code;
import org.dbtbastion.report.LoginsResult;
import org.dbtbastion.report.Report;
import org.dbtbastion.report.Route;
import org.dbtbastion.report.RouteResult;
import org.dbtbastion.report.Stage;
import org.dbtbastion.report.StageResult;
import org.dbtbastion.report.StageResult.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The wire format, which pipelines and scripts rely on: exact, down to the order of fields. */
class AnswersTest {

  private static final Instant REGISTERED = Instant.parse("2026-11-23T03:00:00Z");
  private static final HostSync APPLIED = new HostSync("i-1", HostSync.State.APPLIED, "");
  private static final HostSync PENDING =
      new HostSync("i-2", HostSync.State.PENDING, "its agent has not taken the command yet");
  private static final HostSync FAILED =
      new HostSync("i-3", HostSync.State.FAILED, "Failed: no space left");
  private static final Finding FINDING =
      new Finding(
          Cause.INGRESS_RULE_MISSING,
          "sg-1",
          "security group sg-1 has no inbound rule",
          "aws ec2 authorize-security-group-ingress");

  @Test
  void tellsOfARegistration() {
    RegisteredKey key =
        new RegisteredKey(
            KeyLine.accepted(KeyLine.RSA_2048),
            "prod: analytics",
            REGISTERED,
            Optional.of(Instant.parse("2027-01-31T00:00:00Z")));

    assertJson(
        Answers.of(
            new Registration.Registered(
                Registration.Status.CREATED, key, List.of(APPLIED, PENDING, FAILED))),
        """
        {
          "ok" : false,
          "status" : "created",
          "fingerprint" : "SHA256:jvA6igYCN/6uQxk7LKjvZ51fvclVENJ2snzV3VKiU+0",
          "type" : "ssh-rsa",
          "bits" : 2048,
          "label" : "prod: analytics",
          "registered" : "2026-11-23T03:00:00Z",
          "expires" : "2027-01-31T00:00:00Z",
          "hosts" : [ {
            "host" : "i-1",
            "state" : "applied",
            "detail" : ""
          }, {
            "host" : "i-2",
            "state" : "pending",
            "detail" : "its agent has not taken the command yet"
          }, {
            "host" : "i-3",
            "state" : "failed",
            "detail" : "Failed: no space left"
          } ]
        }
        """);
  }

  @Test
  void tellsOfARegistrationWithoutAnExpiry() {
    assertJson(
        Answers.of(
            new Registration.Registered(
                Registration.Status.ALREADY_REGISTERED, ed25519(), List.of(APPLIED))),
        """
        {
          "ok" : true,
          "status" : "already-registered",
          "fingerprint" : "SHA256:3SxlcvcAHTcDdn++9X3WceJ52d8+9WUMqcXgj22EPqA",
          "type" : "ssh-ed25519",
          "bits" : 256,
          "label" : "prod",
          "registered" : "2026-11-23T03:00:00Z",
          "hosts" : [ {
            "host" : "i-1",
            "state" : "applied",
            "detail" : ""
          } ]
        }
        """);
  }

  @ParameterizedTest
  @CsvSource({
    "CREATED, created",
    "ALREADY_REGISTERED, already-registered",
    "UPDATED, updated",
  })
  void namesWhatWasDone(Registration.Status status, String name) {
    assertThat(
            Answers.of(new Registration.Registered(status, ed25519(), List.of(APPLIED)))
                .get("status")
                .textValue())
        .isEqualTo(name);
  }

  @ParameterizedTest
  @EnumSource(HostSync.State.class)
  void isWellWhenEveryHostHasIt(HostSync.State state) {
    HostSync other = new HostSync("i-9", state, "");

    assertThat(
            Answers.of(
                    new Registration.Registered(
                        Registration.Status.CREATED, ed25519(), List.of(APPLIED, other)))
                .get("ok")
                .booleanValue())
        .isEqualTo(state == HostSync.State.APPLIED);
  }

  @Test
  void isNotWellWithoutAHost() {
    assertThat(
            Answers.of(
                    new Registration.Registered(Registration.Status.CREATED, ed25519(), List.of()))
                .get("ok")
                .booleanValue())
        .isFalse();
  }

  @Test
  void tellsOfARevocation() {
    assertJson(
        Answers.of(new Revocation(Revocation.Status.REVOKED, fingerprint(), List.of(APPLIED))),
        """
        {
          "ok" : true,
          "status" : "revoked",
          "fingerprint" : "SHA256:3SxlcvcAHTcDdn++9X3WceJ52d8+9WUMqcXgj22EPqA",
          "hosts" : [ {
            "host" : "i-1",
            "state" : "applied",
            "detail" : ""
          } ]
        }
        """);
  }

  @Test
  void tellsOfARevocationOfAKeyThatWasNotRegistered() {
    assertJson(
        Answers.of(
            new Revocation(Revocation.Status.NOT_REGISTERED, fingerprint(), List.of(APPLIED))),
        """
        {
          "ok" : false,
          "status" : "not-registered",
          "fingerprint" : "SHA256:3SxlcvcAHTcDdn++9X3WceJ52d8+9WUMqcXgj22EPqA",
          "hosts" : [ {
            "host" : "i-1",
            "state" : "applied",
            "detail" : ""
          } ]
        }
        """);
  }

  @Test
  void listsKeys() {
    RegisteredKey expired =
        new RegisteredKey(
            KeyLine.accepted(KeyLine.ECDSA_P256),
            "old",
            REGISTERED,
            Optional.of(REGISTERED.plusSeconds(1)));

    assertJson(
        Answers.of(
            List.of(
                new ListedKey(expired, Optional.empty(), true),
                new ListedKey(
                    ed25519(), Optional.of(Instant.parse("2026-11-23T04:05:06Z")), false))),
        """
        {
          "ok" : true,
          "keys" : [ {
            "fingerprint" : "SHA256:GI1SV29e/iEe2g2RWNcJjD7p9M0yaOMW96VPenXp+Gk",
            "type" : "ecdsa-sha2-nistp256",
            "bits" : 256,
            "label" : "old",
            "registered" : "2026-11-23T03:00:00Z",
            "expires" : "2026-11-23T03:00:01Z",
            "expired" : true
          }, {
            "fingerprint" : "SHA256:3SxlcvcAHTcDdn++9X3WceJ52d8+9WUMqcXgj22EPqA",
            "type" : "ssh-ed25519",
            "bits" : 256,
            "label" : "prod",
            "registered" : "2026-11-23T03:00:00Z",
            "expired" : false,
            "lastSeen" : "2026-11-23T04:05:06Z"
          } ]
        }
        """);
  }

  @Test
  void listsNoKeys() {
    assertJson(
        Answers.of(List.of()),
        """
        {
          "ok" : true,
          "keys" : [ ]
        }
        """);
  }

  @Test
  void reports() {
    assertJson(
        Answers.of(report(), Map.of()),
        """
        {
          "ok" : false,
          "millis" : 1234,
          "results" : [ {
            "connection" : "analytics",
            "route" : "direct",
            "ok" : true,
            "stages" : [ {
              "stage" : "dns",
              "status" : "warned",
              "millis" : 5,
              "detail" : "w.example is 203.0.113.7",
              "code" : "public-address",
              "remedy" : "Make it private."
            }, {
              "stage" : "tcp",
              "status" : "passed",
              "millis" : 6,
              "detail" : "connected to 203.0.113.7:5439"
            } ]
          }, {
            "connection" : "analytics",
            "route" : "tunnel",
            "host" : "i-1",
            "ok" : false,
            "stages" : [ {
              "stage" : "bastion-tcp",
              "status" : "failed",
              "millis" : 7,
              "detail" : "10.0.0.1:22 refused",
              "code" : "bastion-refused",
              "remedy" : "Look why sshd is not running on i-1."
            }, {
              "stage" : "host-key",
              "status" : "skipped",
              "millis" : 0
            } ]
          } ]
        }
        """);
  }

  @Test
  void saysWhyAStageWasSkippedWhereNoFailureSaysSo() {
    assertJson(
        Answers.of(
            new Report(
                Duration.ofMillis(7),
                List.of(
                    new RouteResult(
                        "analytics",
                        Route.DIRECT,
                        Optional.empty(),
                        List.of(
                            stage(
                                Stage.LOGIN,
                                0,
                                new Outcome.Skipped(Optional.of("no secret is configured"))))))),
            Map.of()),
        """
        {
          "ok" : true,
          "millis" : 7,
          "results" : [ {
            "connection" : "analytics",
            "route" : "direct",
            "ok" : true,
            "stages" : [ {
              "stage" : "login",
              "status" : "skipped",
              "millis" : 0,
              "detail" : "no secret is configured"
            } ]
          } ]
        }
        """);
  }

  @Test
  void nothingCheckedIsNotWell() {
    assertJson(
        Answers.of(new Report(Duration.ZERO, List.of()), Map.of()),
        """
        {
          "ok" : false,
          "millis" : 0,
          "results" : [ ]
        }
        """);
  }

  @Test
  void countsTheLoginsOfEachHost() {
    assertJson(
        Answers.of(new Report(Duration.ofMillis(7), List.of(), logins()), Map.of()),
        """
        {
          "ok" : false,
          "millis" : 7,
          "results" : [ ],
          "logins" : [ {
            "host" : "i-1",
            "ok" : false,
            "logins" : 5,
            "accepted" : 3,
            "millis" : {
              "min" : 20,
              "median" : 30,
              "p95" : 90,
              "max" : 90
            },
            "dropped" : [ {
              "code" : "ssh-closed",
              "count" : 2,
              "detail" : "closed before a banner",
              "remedy" : "Read the journal."
            } ]
          }, {
            "host" : "i-2",
            "ok" : true,
            "logins" : 0,
            "accepted" : 0,
            "dropped" : [ ]
          } ]
        }
        """);
  }

  @Test
  void droppedLoginsAreAnErrorThatNamesCodeAndRemedy() {
    Report report = new Report(Duration.ZERO, report().results(), logins());

    assertThat(new CheckFailed(report, Map.of()))
        .hasMessageContaining(
            "\n2 of 5 logins at once by i-1 were dropped: ssh-closed: closed before a banner. Read"
                + " the journal.");
  }

  private static List<LoginsResult> logins() {
    return List.of(
        new LoginsResult(
            Optional.of("i-1"),
            5,
            List.of(Duration.ofMillis(90), Duration.ofMillis(20), Duration.ofMillis(30)),
            List.of(
                new LoginsResult.Dropped(
                    Code.SSH_CLOSED, 2, "closed before a banner", "Read the journal."))),
        new LoginsResult(Optional.of("i-2"), 0, List.of(), List.of()));
  }

  @Test
  void aFailedCheckAsAnErrorNamesStageCodeAndRemedy() {
    assertThat(new CheckFailed(report(), Map.of()))
        .hasMessage(
            """
            1 of 2 checks failed.
            analytics tunnel by i-1: bastion-tcp: bastion-refused: 10.0.0.1:22 refused. Look why \
            sshd is not running on i-1.\
            """)
        .hasNoCause()
        .satisfies(failed -> assertThat(failed.getStackTrace()).isEmpty());
  }

  @Test
  void reportsWhatTheAuditFound() {
    RouteResult failed = report().results().getLast();

    ObjectNode answer = Answers.of(report(), Map.of(failed, List.of(FINDING)));

    assertThat(answer.at("/results/0").has("audit")).isFalse();
    assertJson(
        (ObjectNode) answer.at("/results/1/audit/0"),
        """
        {
          "code" : "ingress-rule-missing",
          "resource" : "sg-1",
          "detail" : "security group sg-1 has no inbound rule",
          "remedy" : "aws ec2 authorize-security-group-ingress"
        }
        """);
  }

  @Test
  void anAuditThatFoundNothingSaysSo() {
    RouteResult failed = report().results().getLast();

    assertThat(Answers.of(report(), Map.of(failed, List.of())).at("/results/1/audit").toString())
        .isEqualTo("[]");
  }

  @Test
  void aFailedCheckAsAnErrorNamesWhatTheAuditFound() {
    RouteResult failed = report().results().getLast();

    assertThat(new CheckFailed(report(), Map.of(failed, List.of(FINDING))))
        .message()
        .endsWith(
            "sshd is not running on i-1.\n"
                + "audit: ingress-rule-missing: security group sg-1 has no inbound rule."
                + " aws ec2 authorize-security-group-ingress");
  }

  @Test
  void whatTheAuditFoundOnSeveralWaysIsToldOnce() {
    RouteResult first = report().results().getFirst();
    RouteResult second = report().results().getLast();
    Finding other = new Finding(Cause.ROUTE_MISSING, "rtb-1", "no route", "Add it.");

    List<String> lines =
        CheckFailed.failures(
            report(), Map.of(first, List.of(FINDING), second, List.of(FINDING, other)));

    assertThat(lines)
        .filteredOn(line -> line.startsWith("audit: "))
        .containsExactly(
            "audit: ingress-rule-missing: security group sg-1 has no inbound rule."
                + " aws ec2 authorize-security-group-ingress",
            "audit: route-missing: no route. Add it.");
  }

  @Test
  void aCheckOfNothingAsAnErrorSaysSo() {
    assertThat(new CheckFailed(new Report(Duration.ZERO, List.of()), Map.of()))
        .hasMessage("Nothing was checked: no connection is configured.");
  }

  private static Report report() {
    return new Report(
        Duration.ofNanos(1_234_567_890),
        List.of(
            new RouteResult(
                "analytics",
                Route.DIRECT,
                Optional.empty(),
                List.of(
                    stage(
                        Stage.DNS,
                        5,
                        new Outcome.Warned(
                            Code.PUBLIC_ADDRESS, "w.example is 203.0.113.7", "Make it private.")),
                    stage(Stage.TCP, 6, new Outcome.Passed("connected to 203.0.113.7:5439")))),
            new RouteResult(
                "analytics",
                Route.TUNNEL,
                Optional.of("i-1"),
                List.of(
                    stage(
                        Stage.BASTION_TCP,
                        7,
                        new Outcome.Failed(
                            Code.BASTION_REFUSED,
                            "10.0.0.1:22 refused",
                            "Look why sshd is not running on i-1.")),
                    stage(Stage.HOST_KEY, 0, new Outcome.Skipped(Optional.empty()))))));
  }

  private static StageResult stage(Stage stage, int millis, Outcome outcome) {
    return new StageResult(stage, Duration.ofMillis(millis), outcome);
  }

  private static RegisteredKey ed25519() {
    return new RegisteredKey(
        KeyLine.accepted(KeyLine.ED25519), "prod", REGISTERED, Optional.empty());
  }

  private static Fingerprint fingerprint() {
    return Fingerprint.parse(KeyLine.ED25519_FINGERPRINT).orElseThrow();
  }

  private static void assertJson(ObjectNode answer, String json) {
    assertThat(answer.toPrettyString()).isEqualTo(json.strip());
  }
}
