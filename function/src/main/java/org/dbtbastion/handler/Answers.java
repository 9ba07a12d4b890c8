package org.dbtbastion.handler;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.dbtbastion.audit.Finding;
import org.dbtbastion.registry.HostSync;
import org.dbtbastion.registry.ListedKey;
import org.dbtbastion.registry.RegisteredKey;
import org.dbtbastion.registry.Registration;
import org.dbtbastion.registry.Revocation;
import org.dbtbastion.report.LoginsResult;
import org.dbtbastion.report.Report;
import org.dbtbastion.report.RouteResult;
import org.dbtbastion.report.StageResult;
import org.dbtbastion.report.StageResult.Outcome;
import org.dbtbastion.text.Kebab;

/** Answers as they go over the wire. Every one has {@code ok}: whether all is well. */
final class Answers {

  private Answers() {}

  static ObjectNode of(Registration.Registered registered) {
    ObjectNode answer = answer(applied(registered.hosts()));
    answer.put("status", Kebab.of(registered.status()));
    put(answer, registered.key());
    putHosts(answer, registered.hosts());
    return answer;
  }

  static ObjectNode of(Revocation revocation) {
    boolean revoked = revocation.status() == Revocation.Status.REVOKED;
    ObjectNode answer = answer(revoked && applied(revocation.hosts()));
    answer.put("status", Kebab.of(revocation.status()));
    answer.put("fingerprint", revocation.fingerprint().toString());
    putHosts(answer, revocation.hosts());
    return answer;
  }

  static ObjectNode of(List<ListedKey> keys) {
    ObjectNode answer = answer(true);
    ArrayNode list = answer.putArray("keys");
    for (ListedKey listed : keys) {
      put(list.addObject(), listed);
    }
    return answer;
  }

  /**
   * @param findings what the audit found, by the results that it looked at
   */
  static ObjectNode of(Report report, Map<RouteResult, List<Finding>> findings) {
    ObjectNode answer = answer(report.ok());
    answer.put("millis", millis(report.took()));
    ArrayNode results = answer.putArray("results");
    for (RouteResult result : report.results()) {
      ObjectNode json = results.addObject();
      json.put("connection", result.connection());
      json.put("route", result.route().id());
      result.host().ifPresent(host -> json.put("host", host));
      json.put("ok", result.ok());
      ArrayNode stages = json.putArray("stages");
      for (StageResult stage : result.stages()) {
        put(stages.addObject(), stage);
      }
      if (findings.containsKey(result)) {
        putFindings(json.putArray("audit"), findings.get(result));
      }
    }
    if (!report.logins().isEmpty()) {
      ArrayNode logins = answer.putArray("logins");
      for (LoginsResult result : report.logins()) {
        put(logins.addObject(), result);
      }
    }
    return answer;
  }

  private static void put(ObjectNode json, LoginsResult result) {
    result.host().ifPresent(host -> json.put("host", host));
    json.put("ok", result.ok());
    json.put("logins", result.logins());
    json.put("accepted", result.accepted());
    if (result.accepted() > 0) {
      ObjectNode latency = json.putObject("millis");
      latency.put("min", millis(result.percentile(0)));
      latency.put("median", millis(result.percentile(50)));
      latency.put("p95", millis(result.percentile(95)));
      latency.put("max", millis(result.percentile(100)));
    }
    ArrayNode dropped = json.putArray("dropped");
    for (LoginsResult.Dropped cause : result.dropped()) {
      dropped
          .addObject()
          .put("code", cause.code().id())
          .put("count", cause.count())
          .put("detail", cause.detail())
          .put("remedy", cause.remedy());
    }
  }

  private static void putFindings(ArrayNode audit, List<Finding> findings) {
    for (Finding finding : findings) {
      audit
          .addObject()
          .put("code", finding.cause().id())
          .put("resource", finding.resource())
          .put("detail", finding.detail())
          .put("remedy", finding.remedy());
    }
  }

  private static void put(ObjectNode json, StageResult stage) {
    json.put("stage", stage.stage().id());
    switch (stage.outcome()) {
      case Outcome.Passed(String detail) -> {
        json.put("status", "passed");
        json.put("millis", millis(stage.took()));
        json.put("detail", detail);
      }
      case Outcome.Warned(var code, String detail, String remedy) -> {
        json.put("status", "warned");
        json.put("millis", millis(stage.took()));
        json.put("detail", detail);
        json.put("code", code.id());
        json.put("remedy", remedy);
      }
      case Outcome.Failed(var code, String detail, String remedy) -> {
        json.put("status", "failed");
        json.put("millis", millis(stage.took()));
        json.put("detail", detail);
        json.put("code", code.id());
        json.put("remedy", remedy);
      }
      case Outcome.Skipped(var detail) -> {
        json.put("status", "skipped");
        json.put("millis", 0);
        detail.ifPresent(why -> json.put("detail", why));
      }
    }
  }

  private static void put(ObjectNode json, RegisteredKey key) {
    json.put("fingerprint", key.key().fingerprint());
    json.put("type", key.key().type().sshName());
    json.put("bits", key.key().bits());
    json.put("label", key.label());
    json.put("registered", key.registered().toString());
    key.expires().ifPresent(moment -> json.put("expires", moment.toString()));
  }

  static void put(ObjectNode json, ListedKey listed) {
    put(json, listed.key());
    json.put("expired", listed.expired());
    listed.lastSeen().ifPresent(moment -> json.put("lastSeen", moment.toString()));
  }

  private static void putHosts(ObjectNode answer, List<HostSync> hosts) {
    ArrayNode list = answer.putArray("hosts");
    for (HostSync host : hosts) {
      ObjectNode json = list.addObject();
      json.put("host", host.host());
      json.put("state", Kebab.of(host.state()));
      json.put("detail", host.detail());
    }
  }

  /** Without a host, the key is applied nowhere. */
  private static boolean applied(List<HostSync> hosts) {
    return !hosts.isEmpty()
        && hosts.stream().allMatch(host -> host.state() == HostSync.State.APPLIED);
  }

  static ObjectNode answer(boolean ok) {
    return JsonNodeFactory.instance.objectNode().put("ok", ok);
  }

  private static long millis(Duration duration) {
    return duration.toMillis();
  }
}
