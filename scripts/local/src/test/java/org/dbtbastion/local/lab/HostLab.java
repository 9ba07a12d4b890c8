package org.dbtbastion.local.lab;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.process.Programs;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Tests on booted hosts. They are skipped, with the reason, where there is no root or where a
 * program is missing that {@code scripts/test} installs; {@code -DexcludedGroups=lab} leaves them
 * out.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("lab")
@ExtendWith(HostLab.Prerequisites.class)
public @interface HostLab {

  /** What the lab cannot do without. */
  final class Prerequisites implements ExecutionCondition {

    private static final List<String> PROGRAMS =
        List.of("debootstrap", "ip", "mount", "nft", "nsenter", "ssh-audit", "systemd-nspawn");

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      if (!"root".equals(System.getProperty("user.name"))) {
        return ConditionEvaluationResult.disabled("the host lab needs root");
      }
      List<String> missing =
          PROGRAMS.stream().filter(program -> Programs.find(program).isEmpty()).toList();
      if (!missing.isEmpty()) {
        return ConditionEvaluationResult.disabled("the host lab needs " + missing);
      }
      try {
        Command.of("unshare", "--net", "--mount", "true").runOrThrow();
        return ConditionEvaluationResult.enabled("root, all programs, and namespaces");
      } catch (IllegalStateException e) {
        return ConditionEvaluationResult.disabled("the host lab needs namespaces: " + e);
      }
    }
  }
}
