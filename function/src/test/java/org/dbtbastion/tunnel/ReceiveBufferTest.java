package org.dbtbastion.tunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class ReceiveBufferTest {

  private final ReceiveBuffer buffer = new ReceiveBuffer();
  private final OutputStream sink = buffer.sink();
  private final InputStream source = buffer.source();

  @Test
  void givesOutWhatCameInInOrder() throws IOException {
    sink.write(new byte[] {9, 1, 2, 3}, 1, 3);
    sink.write(4);
    sink.close();

    assertThat(source.available()).isEqualTo(4);
    assertThat(source.readAllBytes()).containsExactly(1, 2, 3, 4);
  }

  @Test
  void takesWhatComesAfterTheThreadThatReadHasEnded() throws Exception {
    sink.write(1);
    AtomicReference<Integer> first = new AtomicReference<>();
    Thread reader = Thread.ofVirtual().start(() -> first.set(read()));
    reader.join();

    sink.write(2);

    assertThat(first).hasValue(1);
    assertThat(read()).isEqualTo(2);
  }

  @Test
  void givesOutWhatCameFromAThreadThatHasEnded() throws Exception {
    Thread.ofVirtual().start(() -> write(7)).join();

    assertThat(read()).isEqualTo(7);
  }

  @Test
  void aReadWaitsForData() throws Exception {
    CompletableFuture<Integer> read = CompletableFuture.supplyAsync(this::read);

    sink.write(5);

    assertThat(read.get()).isEqualTo(5);
  }

  @Test
  void aReadEndsWhenNothingMoreComes() throws Exception {
    CompletableFuture<Integer> read = CompletableFuture.supplyAsync(this::read);

    buffer.end();

    assertThat(read.get()).isEqualTo(-1);
  }

  @Test
  void aReadEndsAtItsTimeout() {
    buffer.setReadTimeout(Duration.ofMillis(1));

    assertThatThrownBy(source::read).isInstanceOf(SocketTimeoutException.class);
  }

  @Test
  void aReadEndsWhenItIsInterrupted() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread reader =
        Thread.ofVirtual()
            .start(
                () -> {
                  begun.countDown();
                  try {
                    source.read();
                  } catch (IOException e) {
                    thrown.set(e);
                  }
                });
    begun.await();

    reader.interrupt();
    reader.join();

    assertThat(thrown.get()).isInstanceOf(InterruptedIOException.class);
  }

  @Test
  void aWriterWaitsUntilThereIsRoomAgain()
      throws IOException, ExecutionException, InterruptedException {
    sink.write(new byte[1 << 20]);
    CompletableFuture<Void> write = CompletableFuture.runAsync(() -> write(1));

    assertThat(source.readNBytes(1 << 20)).hasSize(1 << 20);

    write.get();
    assertThat(read()).isEqualTo(1);
  }

  @Test
  void aWriterThatWaitsIsLetGoWhenTheBufferEnds() throws Exception {
    sink.write(new byte[1 << 20]);
    CompletableFuture<Void> write = CompletableFuture.runAsync(() -> write(1));

    buffer.end();

    write.get();
    assertThat(source.readAllBytes()).hasSize(1 << 20);
  }

  private int read() {
    try {
      return source.read();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void write(int b) {
    try {
      sink.write(b);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
