package org.dbtbastion.report;

import java.time.Duration;
import org.dbtbastion.text.Kebab;

/** One link of a route, and how long it may take. */
public enum Stage {
  BASTION_DNS(Duration.ofSeconds(5)),
  BASTION_TCP(Duration.ofSeconds(5)),
  HOST_KEY(Duration.ofSeconds(8)),
  SSH_AUTH(Duration.ofSeconds(8)),
  FORWARD(Duration.ofSeconds(8)),
  DNS(Duration.ofSeconds(5)),
  TCP(Duration.ofSeconds(5)),
  TLS(Duration.ofSeconds(8)),
  CREDENTIALS(Duration.ofSeconds(8)),
  LOGIN(Duration.ofSeconds(10)),
  QUERY(Duration.ofSeconds(10)),
  GRANTS(Duration.ofSeconds(10)),
  /** Only where it is asked for. The limit is for the use of the tunnel after it was idle. */
  HOLD(Duration.ofSeconds(20));

  private final Duration limit;

  Stage(Duration limit) {
    this.limit = limit;
  }

  /** The longest that the stage may take before it counts as timed out. */
  public Duration limit() {
    return limit;
  }

  /** The name in reports, such as {@code host-key}. */
  public String id() {
    return Kebab.of(this);
  }
}
