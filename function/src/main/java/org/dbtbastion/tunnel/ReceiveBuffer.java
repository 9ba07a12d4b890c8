package org.dbtbastion.tunnel;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What a channel has received and nobody has read yet. Unlike {@link java.io.PipedInputStream} it
 * does not mind which threads write and read, nor that one which did has ended: every stage of a
 * check runs on a thread of its own.
 */
final class ReceiveBuffer {

  /** More makes the writer wait, and with it the whole SSH session: a reader that does not read. */
  private static final int CAPACITY = 1 << 20;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<byte[]> chunks = new ArrayDeque<>();
  private int offset;
  private int available;
  private boolean ended;
  private final CompletableFuture<Void> end = new CompletableFuture<>();
  private volatile Duration readTimeout = Duration.ZERO;

  /** How long a read may wait; zero for without a limit. */
  void setReadTimeout(Duration timeout) {
    readTimeout = timeout;
  }

  Duration readTimeout() {
    return readTimeout;
  }

  /** Nothing more will come: reads end when everything was read, writes are ignored. */
  void end() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    end.complete(null);
  }

  /** Done once nothing more will come. */
  CompletableFuture<Void> ending() {
    return end;
  }

  /** Where what is received goes. */
  OutputStream sink() {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        put(new byte[] {(byte) b});
      }

      @Override
      public void write(byte[] bytes, int from, int length) throws IOException {
        Objects.checkFromIndexSize(from, length, bytes.length);
        byte[] chunk = new byte[length];
        System.arraycopy(bytes, from, chunk, 0, length);
        put(chunk);
      }

      @Override
      public void close() {
        end();
      }
    };
  }

  /** Where it is read from. */
  InputStream source() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] bytes, int from, int length) throws IOException {
        Objects.checkFromIndexSize(from, length, bytes.length);
        return length == 0 ? 0 : take(bytes, from, length);
      }

      @Override
      public int available() {
        lock.lock();
        try {
          return available;
        } finally {
          lock.unlock();
        }
      }
    };
  }

  private void put(byte[] chunk) throws IOException {
    lock.lock();
    try {
      while (available >= CAPACITY && !ended) {
        changed.await();
      }
      if (!ended && chunk.length > 0) {
        chunks.add(chunk);
        available += chunk.length;
        changed.signalAll();
      }
    } catch (InterruptedException _) {
      throw interrupted();
    } finally {
      lock.unlock();
    }
  }

  private int take(byte[] bytes, int from, int length) throws IOException {
    lock.lock();
    try {
      awaitData();
      if (available == 0) {
        return -1;
      }
      byte[] chunk = chunks.element();
      int taken = Math.min(length, chunk.length - offset);
      System.arraycopy(chunk, offset, bytes, from, taken);
      offset += taken;
      available -= taken;
      if (offset == chunk.length) {
        chunks.remove();
        offset = 0;
      }
      changed.signalAll();
      return taken;
    } catch (InterruptedException _) {
      throw interrupted();
    } finally {
      lock.unlock();
    }
  }

  private void awaitData() throws InterruptedException, SocketTimeoutException {
    long left = readTimeout.toNanos();
    boolean limited = left > 0;
    while (available == 0 && !ended) {
      if (!limited) {
        changed.await();
      } else if (left <= 0) {
        throw new SocketTimeoutException("nothing came in " + readTimeout.toMillis() + " ms");
      } else {
        left = changed.awaitNanos(left);
      }
    }
  }

  private static InterruptedIOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("interrupted");
  }
}
