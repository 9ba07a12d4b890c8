package org.dbtbastion.local.benchmark;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.dbtbastion.local.benchmark.ground.Ground;
import org.dbtbastion.local.benchmark.ground.Invoker;
import org.dbtbastion.local.benchmark.ground.Rounds;
import org.dbtbastion.local.benchmark.ground.Row;
import org.dbtbastion.local.benchmark.report.Breakdown;
import org.dbtbastion.local.benchmark.report.Breakdown.Part;
import org.dbtbastion.local.benchmark.report.Findings;
import org.dbtbastion.local.benchmark.report.Goal;
import org.dbtbastion.local.benchmark.report.Line;
import org.dbtbastion.local.benchmark.report.Series;
import org.dbtbastion.local.benchmark.report.Unit;
import org.dbtbastion.local.sandbox.Sandbox;
import org.dbtbastion.standins.lambda.FunctionSettings;
import org.dbtbastion.standins.lambda.LambdaService;
import org.dbtbastion.standins.net.BrokenServer;
import org.dbtbastion.standins.process.PeakMemory;
import org.dbtbastion.standins.redshift.RedshiftStandIn;

/**
 * Many connections in one invocation of a warm environment. Slow servers are on the direct route
 * alone: the bastion leads to the warehouse only.
 */
final class Connections implements Row {

  private static final List<Integer> SIZES = List.of(1, 10, 50, 200);
  private static final int ONE_SLOW_IN = 10;
  private static final Duration SLOW = Duration.ofSeconds(3);
  // Slow ones wait side by side: what they add depends on how slow they are, not on how many. The
  // half is for those that begin last, as not all are checked at a time.
  private static final Goal NOT_BY_THEIR_NUMBER = new Goal.RatioAtMost(1.5);
  private static final String DIRECT = "\"direct\"";
  private static final String BOTH = DIRECT + ",\"tunnel\"";
  private static final Rounds ROUNDS = new Rounds(1, 3, Duration.ofSeconds(8));

  @Override
  public String id() {
    return "connections";
  }

  @Override
  public Findings measure(Ground ground) throws Exception {
    Sandbox sandbox = ground.sandbox();
    List<Line> lines = new ArrayList<>();
    List<Line> slowLines = new ArrayList<>();
    List<Part> parts = new ArrayList<>();
    List<Part> slowParts = new ArrayList<>();
    try (BrokenServer slow = BrokenServer.behaving(slowly(sandbox.warehouse()));
        Described sound = new Described(sandbox, "sound", sandbox.warehouse().port());
        Described late = new Described(sandbox, "late", slow.port())) {
      for (int size : SIZES) {
        String function = fresh(sandbox.lambda(), size);
        List<String> names = sound.first(size);
        Series times =
            ground.rounds(ROUNDS).of(Unit.SECONDS, () -> check(sandbox, function, names, BOTH));
        parts.addAll(parts(sandbox.lambda(), function, size, times));
        lines.add(line(size, times, lines));
        int slowOnes = size / ONE_SLOW_IN;
        if (slowOnes > 0) {
          List<String> someSlow = new ArrayList<>(late.first(slowOnes));
          someSlow.addAll(names.subList(slowOnes, size));
          List<Series> sides =
              ground
                  .rounds(ROUNDS)
                  .alternate(
                      Unit.SECONDS,
                      List.of(
                          () -> check(sandbox, function, someSlow, DIRECT),
                          () -> check(sandbox, function, names, DIRECT)));
          slowLines.add(slowLine(size, sides.getFirst().less(sides.getLast()), slowLines));
          slowParts.add(new Part(size + ": none is slow", Unit.SECONDS, sides.getLast().median()));
          slowParts.add(
              new Part(
                  size + ": slow by 3 s: " + slowOnes, Unit.SECONDS, sides.getFirst().median()));
        }
      }
    }
    lines.addAll(slowLines);
    return new Findings(
        lines,
        List.of(
            new Breakdown(id(), "connections in one invocation, on both routes", parts),
            new Breakdown(id(), "connections in one invocation, directly", slowParts)));
  }

  private Line line(int size, Series times, List<Line> before) {
    Line line = Line.of(id(), "one invocation, connections: " + size, times);
    if (before.isEmpty()) {
      return line;
    }
    int fewer = SIZES.get(before.size() - 1);
    // One among more may not take longer than one among fewer.
    return line.besideEarlier(fewer + " of them", before.getLast().ours())
        .goal(new Goal.RatioAtMost((double) size / fewer));
  }

  private Line slowLine(int size, Series added, List<Line> before) {
    Line line =
        Line.of(
            id(),
            "added by slow servers, directly: %d of %d".formatted(size / ONE_SLOW_IN, size),
            added);
    return before.isEmpty()
        ? line
        : line.besideEarlier("1 slow server", before.getFirst().ours()).goal(NOT_BY_THEIR_NUMBER);
  }

  /** Connections that are described as a deployment does it, until they are taken away again. */
  private static final class Described implements AutoCloseable {

    private final Sandbox sandbox;
    private final String kind;
    private final ObjectNode description;
    private final List<String> names = new ArrayList<>();

    /** They are like the one with user name and password, but for the port. */
    Described(Sandbox sandbox, String kind, int port) {
      this.sandbox = sandbox;
      this.kind = kind;
      String like = sandbox.parameters().find(path(Sandbox.CLUSTER)).orElseThrow().value();
      description = ((ObjectNode) Ground.json(like)).put("port", port);
    }

    private static String path(String name) {
      return "connections/" + name;
    }

    /** So many names, after there are as many. */
    List<String> first(int count) {
      while (names.size() < count) {
        String name = "%s-%03d".formatted(kind, names.size());
        sandbox.parameters().put(path(name), description.toString());
        names.add(name);
      }
      return List.copyOf(names.subList(0, count));
    }

    @Override
    public void close() {
      sandbox.parameters().deleteAll(names.stream().map(Described::path).toList());
    }
  }

  /** Deploys the check once more: what memory its process takes is for one size alone. */
  private static String fresh(LambdaService lambda, int size) {
    FunctionSettings deployed = lambda.settings(Sandbox.CONNECTION_CHECK);
    String name = deployed.name() + "-of-" + size;
    lambda.deploy(deployed.named(name));
    return name;
  }

  private static double check(Sandbox sandbox, String function, List<String> names, String routes)
      throws IOException, InterruptedException {
    return Unit.SECONDS.of(
        new Invoker(sandbox.lambda())
            .invoke(
                function,
                "{\"action\":\"check\",\"connections\":[\"%s\"],\"routes\":[%s]}"
                    .formatted(String.join("\",\"", names), routes))
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
