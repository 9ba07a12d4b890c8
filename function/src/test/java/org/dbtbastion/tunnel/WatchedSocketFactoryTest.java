package org.dbtbastion.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;

class WatchedSocketFactoryTest {

  /** A socket from which two bytes come, of a system that has these options. */
  private static final class TwoBytes extends Socket {

    private final Set<SocketOption<?>> supported;
    private final List<String> set = new ArrayList<>();

    TwoBytes(Set<SocketOption<?>> supported) {
      this.supported = supported;
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
      return supported;
    }

    @Override
    public <T> Socket setOption(SocketOption<T> name, T value) {
      set.add(name.name() + "=" + value);
      return this;
    }

    @Override
    public InputStream getInputStream() {
      return new ByteArrayInputStream(new byte[2]);
    }
  }

  @Test
  void acknowledgesAtOnceBeforeEachRead() throws IOException {
    try (TwoBytes socket = new TwoBytes(Set.of(ExtendedSocketOptions.TCP_QUICKACK))) {
      InputStream in = new WatchedSocketFactory(socket).getInputStream(socket);
      in.read();
      in.read();
      assertThat(socket.set).containsExactly("TCP_QUICKACK=true", "TCP_QUICKACK=true");
    }
  }

  @Test
  void readsAlsoWhereTheSystemLacksTheOption() throws IOException {
    try (TwoBytes socket = new TwoBytes(Set.of())) {
      assertThat(new WatchedSocketFactory(socket).getInputStream(socket).read()).isZero();
      assertThat(socket.set).isEmpty();
    }
  }
}
