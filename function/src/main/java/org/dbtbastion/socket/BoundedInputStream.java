package org.dbtbastion.socket;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.IntSupplier;

/** A server's stream that fails once more has come than a client should take. Not thread-safe. */
public class BoundedInputStream extends FilterInputStream {

  private final IntSupplier most;
  private int received;

  /**
   * @param most how many bytes can be received; asked at every read
   */
  public BoundedInputStream(InputStream in, IntSupplier most) {
    super(in);
    this.most = most;
  }

  @Override
  public final int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int left = most.getAsInt() - received;
    if (left <= 0 && length > 0) {
      throw new IOException("the server sent more than " + most.getAsInt() + " bytes");
    }
    int read = super.read(bytes, offset, Math.min(length, left));
    received += Math.max(0, read);
    return read;
  }
}
