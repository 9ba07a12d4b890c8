package org.dbtbastion.tunnel;

import com.jcraft.jsch.Channel;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.dbtbastion.socket.StreamSocket;

/**
 * A channel as a connected socket, so that TLS and drivers can use it. Reading ends when the thread
 * is interrupted.
 */
final class ChannelSocket extends StreamSocket {

  private final Channel channel;
  private final String target;
  private final ReceiveBuffer received = new ReceiveBuffer();
  private final InputStream in = received.source();
  private final OutputStream out;
  private volatile boolean closed;

  /** On a channel that is not connected yet: its streams must be there before data comes. */
  ChannelSocket(Channel channel, String target) throws IOException {
    this.channel = channel;
    this.target = target;
    channel.setOutputStream(received.sink());
    this.out = new Sending(channel.getOutputStream());
  }

  /** Done once the channel has ended, from either side. */
  CompletableFuture<Void> ending() {
    return received.ending();
  }

  @Override
  public InputStream getInputStream() {
    return in;
  }

  @Override
  public OutputStream getOutputStream() {
    return out;
  }

  @Override
  public void connect(SocketAddress endpoint) {
    // It is connected.
  }

  @Override
  public void connect(SocketAddress endpoint, int timeout) {
    // It is connected.
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  public void close() {
    closed = true;
    received.end();
    channel.disconnect();
  }

  @Override
  public void shutdownOutput() throws IOException {
    out.close();
  }

  /** The loopback address, by which callers that print one do no harm. */
  @Override
  public InetAddress getInetAddress() {
    return InetAddress.getLoopbackAddress();
  }

  @Override
  public void setSoTimeout(int timeout) {
    received.setReadTimeout(Duration.ofMillis(timeout));
  }

  @Override
  public int getSoTimeout() {
    return (int) received.readTimeout().toMillis();
  }

  /**
   * What is written after the other side has ended the channel is lost, as with TCP at first: who
   * reads next finds what came before the end, such as why it came.
   */
  private final class Sending extends FilterOutputStream {

    Sending(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (closed) {
        throw new SocketException("Socket closed");
      }
      if (!received.ending().isDone()) {
        out.write(bytes, offset, length);
      }
    }

    @Override
    public void flush() throws IOException {
      if (!received.ending().isDone()) {
        out.flush();
      }
    }
  }

  @Override
  public String toString() {
    return "ChannelSocket[" + target + "]";
  }
}
