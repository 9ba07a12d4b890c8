package org.dbtbastion.infra.benchmark;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.dbtbastion.infra.benchmark.Breakdown.Part;
import org.dbtbastion.infra.sandbox.Sandbox;
import org.dbtbastion.testing.BrokenServer;
import org.dbtbastion.testing.FunctionSettings;
import org.dbtbastion.testing.LambdaService;
import org.dbtbastion.testing.PeakMemory;
import org.dbtbastion.testing.RedshiftStandIn;

/**
 * Many connections in one invocation of a warm environment. Slow servers are on the direct route
 * alone: the bastion leads to the warehouse only.
 */
final class Connections implements Row {

  private static final List<Integer> SIZES = List.of(1, 10, 50, 200);
  private static final int ONE_SLOW_IN = 10;
  private static final Duration SLOW = Duration.ofSeconds(3);
  // Who is slow and among the last to begin ends that much later, however many are slow.
  private static final double SLOWER_SECONDS = 3.5;
  private static final String DIRECT = "\"direct\"";
  private static final String BOTH = DIRECT + ",\"tunnel\"";
  private static final Rounds ROUNDS = new Rounds(1, 3, Duration.ofSeconds(10));

  @Override
  public String id() {
    return "connections";
  }

  @Override
  public Findings measure(Ground ground) throws Exception {
    Sandbox sandbox = ground.sandbox();
    List<Line> lines = new ArrayList<>();
    List<Part> parts = new ArrayList<>();
    int most = SIZES.getLast();
    try (BrokenServer slow = BrokenServer.behaving(slowly(sandbox.warehouse()))) {
      describe(sandbox, "sound", most, _ -> sandbox.warehouse().port());
      describe(
          sandbox,
          "some-slow",
          most,
          i -> i % ONE_SLOW_IN == 0 ? slow.port() : sandbox.warehouse().port());
      Series one = null;
      for (int size : SIZES) {
        String function = fresh(sandbox.lambda(), size);
        Series times = ROUNDS.of(Unit.SECONDS, () -> check(sandbox, function, "sound", size, BOTH));
        parts.addAll(parts(sandbox.lambda(), function, size, times));
        Line line = Line.of(this, "connections in one invocation: " + size, times);
        lines.add(
            one == null ? line : line.beside("1 connection", one).goal(new Goal.RatioAtMost(size)));
        one = one == null ? times : one;
      }
      for (int size : SIZES.subList(1, SIZES.size())) {
        String function = fresh(sandbox.lambda(), size);
        List<Series> sides =
            ROUNDS.alternate(
                Unit.SECONDS,
                List.of(
                    () -> check(sandbox, function, "some-slow", size, DIRECT),
                    () -> check(sandbox, function, "sound", size, DIRECT)));
        lines.add(
            Line.of(
                    this,
                    "%d directly, %d of them answer after 3 s".formatted(size, size / ONE_SLOW_IN),
                    sides.getFirst())
                .beside("none is slow", sides.getLast())
                .goal(new Goal.MoreByAtMost(Unit.SECONDS, SLOWER_SECONDS)));
      }
    } finally {
      for (String kind : List.of("sound", "some-slow")) {
        sandbox
            .parameters()
            .deleteAll(
                IntStream.range(0, most).mapToObj(i -> "connections/" + name(kind, i)).toList());
      }
    }
    return new Findings(
        lines,
        List.of(new Breakdown(id(), "connections in one invocation, on both routes", parts)));
  }

  /** Describes connections as a deployment does, like the one with user name and password. */
  private static void describe(Sandbox sandbox, String kind, int count, IntUnaryOperator port) {
    ObjectNode description =
        (ObjectNode)
            Ground.json(
                sandbox.parameters().find("connections/" + Sandbox.CLUSTER).orElseThrow().value());
    for (int i = 0; i < count; i++) {
      description.put("port", port.applyAsInt(i));
      sandbox.parameters().put("connections/" + name(kind, i), description.toString());
    }
  }

  private static String name(String kind, int i) {
    return "%s-%03d".formatted(kind, i);
  }

  /** Deploys the check once more: what memory its process takes is for one size alone. */
  private static String fresh(LambdaService lambda, int size) {
    FunctionSettings deployed = lambda.settings(Sandbox.CONNECTION_CHECK);
    String name = deployed.name() + "-of-" + size;
    lambda.deploy(deployed.named(name));
    return name;
  }

  private static double check(
      Sandbox sandbox, String function, String kind, int count, String routes)
      throws IOException, InterruptedException {
    String names =
        IntStream.range(0, count)
            .mapToObj(i -> '"' + name(kind, i) + '"')
            .collect(Collectors.joining(","));
    return Unit.SECONDS.of(
        new Invoker(sandbox.lambda())
            .invoke(
                function,
                "{\"action\":\"check\",\"connections\":[%s],\"routes\":[%s]}"
                    .formatted(names, routes))
            .took());
  }

  private static List<Part> parts(LambdaService lambda, String function, int size, Series times) {
    return List.of(
        new Part(size + ": connections checked", Unit.A_SECOND, size / times.median()),
        new Part(
            size + ": peak memory",
            Unit.MEBIBYTES,
            lambda.processes(function).mapToDouble(PeakMemory::mebibytes).max().orElseThrow()));
  }

  /** Accepts, does nothing for a while, and then leads to the warehouse. */
  private static BrokenServer.Behaviour slowly(RedshiftStandIn warehouse) {
    return client -> {
      LockSupport.parkNanos(SLOW.toNanos());
      try (Socket server = new Socket()) {
        server.connect(new InetSocketAddress(warehouse.address(), warehouse.port()));
        Thread answers =
            Thread.ofVirtual()
                .start(
                    () -> {
                      try (client) {
                        server.getInputStream().transferTo(client.getOutputStream());
                      } catch (IOException e) {
                        // The client has gone.
                      }
                    });
        client.getInputStream().transferTo(server.getOutputStream());
        server.shutdownOutput();
        answers.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    };
  }
}
