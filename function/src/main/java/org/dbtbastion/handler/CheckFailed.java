package org.dbtbastion.handler;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dbtbastion.audit.Finding;
import org.dbtbastion.check.Report;
import org.dbtbastion.check.RouteResult;
import org.dbtbastion.check.StageResult;
import org.dbtbastion.check.StageResult.Outcome;

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
    List<String> lines = new ArrayList<>();
    long failed = report.results().stream().filter(result -> !result.ok()).count();
    lines.add(failed + " of " + report.results().size() + " checks failed.");
    for (RouteResult result : report.results()) {
      for (StageResult stage : result.stages()) {
        if (stage.outcome() instanceof Outcome.Failed(var code, String detail, String remedy)) {
          lines.add(
              result.connection()
                  + " "
                  + result.route().id()
                  + result.host().map(host -> " by " + host).orElse("")
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
        lines.add(
            "audit: " + finding.cause().id() + ": " + finding.detail() + ". " + finding.remedy());
      }
    }
    return String.join("\n", lines);
  }
}
