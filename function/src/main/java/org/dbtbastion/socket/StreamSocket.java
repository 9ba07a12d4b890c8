package org.dbtbastion.socket;

import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;

/**
 * A connected socket that is not the kernel's, so that TLS and drivers can use other streams: a
 * subclass supplies the streams, time-outs and closing. Other options have no effect and read as
 * off.
 */
public abstract class StreamSocket extends Socket {

  /** Connected from the beginning. */
  protected StreamSocket() throws SocketException {
    super(new NoSocket());
  }

  @Override
  public final boolean isConnected() {
    return true;
  }

  /**
   * In place of a native socket, which {@link Socket} would make at the first question for an
   * option or a port, as TLS asks, and which nobody would close.
   */
  private static final class NoSocket extends SocketImpl {

    @Override
    protected void create(boolean stream) {}

    @Override
    public void setOption(int option, Object value) {}

    @Override
    public Object getOption(int option) {
      return false;
    }

    @Override
    protected void close() {}

    @Override
    protected void connect(String host, int port) {
      throw new UnsupportedOperationException();
    }

    @Override
    protected void connect(InetAddress address, int port) {
      throw new UnsupportedOperationException();
    }

    @Override
    protected void connect(SocketAddress address, int timeout) {
      throw new UnsupportedOperationException();
    }

    @Override
    protected void bind(InetAddress host, int port) {
      throw new UnsupportedOperationException();
    }

    @Override
    protected void listen(int backlog) {
      throw new UnsupportedOperationException();
    }

    @Override
    protected void accept(SocketImpl socket) {
      throw new UnsupportedOperationException();
    }

    @Override
    protected InputStream getInputStream() {
      throw new UnsupportedOperationException();
    }

    @Override
    protected OutputStream getOutputStream() {
      throw new UnsupportedOperationException();
    }

    @Override
    protected int available() {
      throw new UnsupportedOperationException();
    }

    @Override
    protected void sendUrgentData(int data) {
      throw new UnsupportedOperationException();
    }
  }
}
