package org.dbtbastion.socket;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;

/**
 * A connected socket from which only so much can be received. Clients keep what a server sends,
 * such as notices, settings, rows or headers: a server that never stops would fill their memory. As
 * they never wait for a byte, they would also occupy a carrier of virtual threads.
 *
 * <p>Supports reading, writing, closing and time-outs.
 */
public final class BoundedSocket extends StreamSocket {

  private final Socket socket;
  private final InputStream in;

  /**
   * @param most how many bytes can be received
   */
  public BoundedSocket(Socket socket, int most) throws IOException {
    this.socket = socket;
    this.in = new BoundedInputStream(socket.getInputStream(), () -> most);
  }

  @Override
  public InputStream getInputStream() {
    return in;
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    return socket.getOutputStream();
  }

  @Override
  public boolean isClosed() {
    return socket.isClosed();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  @Override
  public void shutdownOutput() throws IOException {
    socket.shutdownOutput();
  }

  @Override
  public InetAddress getInetAddress() {
    return socket.getInetAddress();
  }

  @Override
  public int getPort() {
    return socket.getPort();
  }

  @Override
  public void setSoTimeout(int timeout) throws SocketException {
    socket.setSoTimeout(timeout);
  }

  @Override
  public int getSoTimeout() throws SocketException {
    return socket.getSoTimeout();
  }

  @Override
  public void setTcpNoDelay(boolean on) throws SocketException {
    socket.setTcpNoDelay(on);
  }

  @Override
  public void setKeepAlive(boolean on) throws SocketException {
    socket.setKeepAlive(on);
  }

  @Override
  public String toString() {
    return "BoundedSocket[" + socket + "]";
  }
}
