package org.dbtbastion.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import com.jcraft.jsch.Logger;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DisconnectReasonTest {

  private final List<String> reasons = new ArrayList<>();
  private final Logger logger = new DisconnectReason(reasons::add);

  @Test
  void hearsTheReasonOutOfJschsLog() {
    logger.log(Logger.INFO, "SSH_MSG_SERVICE_ACCEPT received");
    logger.log(
        Logger.INFO,
        "Caught an exception, leaving main loop due to SSH_MSG_DISCONNECT: 11 idle\u001b[31m too long ");

    assertThat(reasons).containsExactly("11 idle?[31m too long");
  }

  @Test
  void otherEndsHaveNoReason() {
    logger.log(Logger.INFO, "Caught an exception, leaving main loop due to Connection reset");
    logger.log(Logger.INFO, "Caught an exception, leaving main loop due to null");

    assertThat(reasons).isEmpty();
  }

  @Test
  void asksForNoMoreThanItNeeds() {
    assertThat(logger.isEnabled(Logger.INFO)).isTrue();
    assertThat(logger.isEnabled(Logger.DEBUG)).isFalse();
  }
}
