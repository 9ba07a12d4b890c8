package org.dbtbastion.local.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.dbtbastion.local.client.Session;
import org.dbtbastion.standins.process.Await;
import org.dbtbastion.standins.ssh.SshKeys;

/** A tunnel with a session in the warehouse that stays, as a dbt job has. For use by one thread. */
public final class HeldTunnel implements AutoCloseable {

  private final Tunnel tunnel;
  private final Session session;
  private final int number;

  private HeldTunnel(Tunnel tunnel) {
    this.tunnel = tunnel;
    this.session = tunnel.connect("held");
    this.number = session.number();
  }

  /** Opens one, and returns once the warehouse has answered through it. */
  public static HeldTunnel open(DbtClient dbt, SshKeys key) {
    Tunnel tunnel = dbt.forward(Lab.DBT, key);
    try {
      return new HeldTunnel(tunnel);
    } catch (RuntimeException e) {
      tunnel.close();
      throw e;
    }
  }

  /** Fails unless the session that was opened at first carries data now. */
  public void assertCarriesData() {
    assertThat(session.number()).isEqualTo(number);
  }

  /** Fails unless it ends before this time is over. */
  public void assertEndsWithin(Duration limit) {
    Await.until("the tunnel ends", limit, () -> !tunnel.client().alive());
  }

  @Override
  public void close() {
    session.close();
    tunnel.close();
  }
}
