package org.dbtbastion.handler;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.dbtbastion.audit.Finding;
import org.dbtbastion.report.LoginsResult;
import org.dbtbastion.report.Report;
import org.dbtbastion.report.RouteResult;
import org.dbtbastion.report.StageResult;
import org.dbtbastion.report.StageResult.Outcome;

/** A check failed, and the request asked for that to be a function error. */
public final class CheckFailed extends FunctionError {

  private static final long serialVersionUID = 1L;

  CheckFailed(Report report, Map<RouteResult, List<Finding>> findings) {
    super(message(report, findings));
  }

  private static String message(Report report, Map<RouteResult, List<Finding>> findings) {
    if (report.results().isEmpty()) {
      return "Nothing was checked: no connection is configured.";
    }
    long failed = report.results().stream().filter(result -> !result.ok()).count();
    List<String> lines = new ArrayList<>();
    lines.add(failed + " of " + report.results().size() + " checks failed.");
    lines.addAll(failures(report, findings));
    return String.join("\n", lines);
  }

  /** All that failed and what the audit found, each in one line. */
  static List<String> failures(Report report, Map<RouteResult, List<Finding>> findings) {
    List<String> lines = new ArrayList<>();
    // Once: results share the pieces on their way.
    Set<String> found = new LinkedHashSet<>();
    for (RouteResult result : report.results()) {
      for (StageResult stage : result.stages()) {
        if (stage.outcome() instanceof Outcome.Failed(var code, String detail, String remedy)) {
          lines.add(
              result.connection()
                  + " "
                  + result.route().id()
                  + by(result.host())
                  + ": "
                  + stage.stage().id()
                  + ": "
                  + code.id()
                  + ": "
                  + detail
                  + ". "
                  + remedy);
        }
      }
      for (Finding finding : findings.getOrDefault(result, List.of())) {
        found.add(
            "audit: " + finding.cause().id() + ": " + finding.detail() + ". " + finding.remedy());
      }
    }
    lines.addAll(found);
    for (LoginsResult logins : report.logins()) {
      for (LoginsResult.Dropped cause : logins.dropped()) {
        lines.add(
            "%d of %d logins at once%s were dropped: %s: %s. %s"
                .formatted(
                    cause.count(),
                    logins.logins(),
                    by(logins.host()),
                    cause.code().id(),
                    cause.detail(),
                    cause.remedy()));
      }
    }
    return lines;
  }

  private static String by(Optional<String> host) {
    return host.map(id -> " by " + id).orElse("");
  }
}
