package org.dbtbastion.handler;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BigIntegerNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Spoils good requests, and makes bad ones up. The same seed and number always give the same
 * mutant.
 */
final class RequestMutator {

  /** In what somebody pastes that nobody else may see. */
  static final String CANARY = "Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5";

  private static final List<String> NASTY =
      List.of(
          "\0",
          "\n",
          "\r\n",
          "\t",
          "\u001b[2J\u001b]0;owned\u0007",
          "\u007f",
          "\u0085",
          "\u009b31m",
          "\u00ad",
          "\u200b",
          "\u2028",
          "\u2029",
          "\u202e",
          "\u2066",
          "\ufeff",
          "\ufffe",
          "\ud800",
          "\udfff",
          "\ud83d\ude80",
          "\ue000",
          "{{ssm:/x}}",
          "${jndi:ldap://x/y}",
          "%s%n%x",
          "'; drop table users; --",
          "../../etc/passwd",
          "\\u0000",
          "$(id)`id`");

  private static final List<String> FIELDS =
      List.of(
          "action",
          "publicKey",
          "label",
          "expiresAt",
          "fingerprint",
          "connections",
          "connection",
          "routes",
          "failOnError",
          "hold",
          "logins",
          "audit",
          "name",
          "host",
          "port",
          "database",
          "authentication",
          "method",
          "secret",
          "tokenEndpoint",
          "requestUrl",
          "requestData",
          "__proto__",
          "@type",
          "@class",
          "Action",
          "");

  private static final List<String> NUMBERS =
      List.of(
          "1e999999999",
          "-1e-999999999",
          "9".repeat(999),
          "9".repeat(2000),
          "-0",
          "0.0000000000000000000000000000000000001",
          "00012",
          "0x10",
          "NaN",
          "-Infinity",
          "1.",
          ".5",
          "1e",
          "9223372036854775808",
          "2147483648");

  private static final String PRIVATE_KEY =
      "-----BEGIN OPENSSH PRIVATE KEY-----\n" + CANARY + "\n-----END OPENSSH PRIVATE KEY-----\n";

  private final List<ObjectNode> corpus;

  /**
   * @param operation what was done
   */
  record Mutant(long seed, int number, String operation, byte[] request) {
    @Override
    public String toString() {
      String text = new String(request, StandardCharsets.UTF_8);
      return "seed %d, mutant %d (%s): %s"
          .formatted(seed, number, operation, text.substring(0, Math.min(500, text.length())));
    }
  }

  RequestMutator(List<String> corpus) {
    this.corpus = corpus.stream().map(RequestMutator::object).toList();
  }

  Mutant mutant(long seed, int number) {
    SplittableRandom random = new SplittableRandom(seed * 1_000_003 + number);
    ObjectNode request = pick(corpus, random).deepCopy();
    ObjectNode part = part(request, random);
    String field = pick(fieldsOf(part), random);
    return switch (random.nextInt(18)) {
      case 0 -> mutant(seed, number, "as it was", request);
      case 1 -> mutant(seed, number, "noise", noise(1 + random.nextInt(300), random));
      case 2 -> mutant(seed, number, "bytes changed", changed(bytes(request), random));
      case 3 -> {
        byte[] bytes = bytes(request);
        yield mutant(seed, number, "cut", Arrays.copyOf(bytes, random.nextInt(bytes.length)));
      }
      case 4 -> mutant(seed, number, "something put in", inserted(bytes(request), random));
      case 5 -> {
        String nested = nested(1 + random.nextInt(random.nextBoolean() ? 30 : 30_000), random);
        yield mutant(seed, number, "nested", withRaw(request, part, field, nested));
      }
      case 6 -> {
        String twice = "{\"" + field + "\":1," + request.toString().substring(1);
        yield mutant(seed, number, "a field twice", bytes(twice));
      }
      case 7 ->
          mutant(seed, number, "a number", withRaw(request, part, field, pick(NUMBERS, random)));
      case 8, 9 -> {
        part.set(field, value(3, random));
        yield mutant(seed, number, "a field of another value", request);
      }
      case 10 -> {
        part.put(field, spoilt(part.path(field).asText(), random));
        yield mutant(seed, number, "a text spoilt", request);
      }
      case 11 -> {
        int fields = 1 + random.nextInt(random.nextInt(20) == 0 ? 20_000 : 20);
        for (int i = 0; i < fields; i++) {
          part.set(pick(FIELDS, random) + spoilt("x" + i, random), value(1, random));
        }
        yield mutant(seed, number, "fields that nobody asked for", request);
      }
      case 12 -> {
        part.put(field, text(random).repeat(1 + random.nextInt(20_000)));
        yield mutant(seed, number, "a long text", request);
      }
      case 13 -> {
        ArrayNode list = request.putArray(random.nextBoolean() ? "connections" : "routes");
        IntStream.range(0, random.nextInt(random.nextInt(10) == 0 ? 20_000 : 20))
            .forEach(i -> list.add(spoilt("c" + i, random)));
        yield mutant(seed, number, "a list", request);
      }
      case 14 -> mutant(seed, number, "wrapped", wrapped(request, random));
      case 15 -> {
        String other = pick(fieldsOf(part), random);
        JsonNode value = part.get(field);
        part.set(field, part.get(other));
        part.set(other, value);
        yield mutant(seed, number, "fields swapped", request);
      }
      case 16 -> {
        part.remove(field);
        yield mutant(seed, number, "a field missing", request);
      }
      default -> {
        if (random.nextInt(4) == 0) {
          part.put(PRIVATE_KEY, true);
        } else {
          part.put(random.nextBoolean() ? field : pick(FIELDS, random), PRIVATE_KEY);
        }
        yield mutant(seed, number, "a private key", request);
      }
    };
  }

  /** The request, or an object somewhere in it. */
  private static ObjectNode part(ObjectNode request, RandomGenerator random) {
    List<JsonNode> objects =
        request.findParents("method").isEmpty()
            ? List.of(request)
            : Stream.of(
                    List.<JsonNode>of(request),
                    request.findParents("host"),
                    request.findParents("method"),
                    request.findParents("requestUrl"))
                .flatMap(List::stream)
                .toList();
    return (ObjectNode) pick(objects, random);
  }

  private static Mutant mutant(long seed, int number, String operation, JsonNode request) {
    return mutant(seed, number, operation, bytes(request));
  }

  private static Mutant mutant(long seed, int number, String operation, byte[] request) {
    return new Mutant(seed, number, operation, request);
  }

  private static byte[] noise(int length, RandomGenerator random) {
    byte[] noise = new byte[length];
    random.nextBytes(noise);
    return noise;
  }

  private static byte[] changed(byte[] bytes, RandomGenerator random) {
    for (int i = random.nextInt(4); i >= 0; i--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
    }
    return bytes;
  }

  private static byte[] inserted(byte[] bytes, RandomGenerator random) {
    int at = random.nextInt(bytes.length + 1);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(bytes, 0, at);
    out.writeBytes(bytes(pick(NASTY, random)));
    out.write(bytes, at, bytes.length - at);
    return out.toByteArray();
  }

  private static String nested(int depth, RandomGenerator random) {
    return random.nextBoolean()
        ? "[".repeat(depth) + "]".repeat(random.nextBoolean() ? depth : 0)
        : "{\"a\":".repeat(depth) + "1" + "}".repeat(depth);
  }

  /** What Jackson's own nodes cannot say. */
  private static byte[] withRaw(ObjectNode request, ObjectNode part, String field, String raw) {
    part.put(field, "\u0001raw\u0001");
    return bytes(request.toString().replace("\"\\u0001raw\\u0001\"", raw));
  }

  private static JsonNode value(int depth, RandomGenerator random) {
    JsonNodeFactory json = JsonNodeFactory.instance;
    return switch (random.nextInt(depth > 0 ? 9 : 7)) {
      case 0 -> json.nullNode();
      case 1 -> json.booleanNode(random.nextBoolean());
      case 2 -> json.numberNode(random.nextLong());
      case 3 -> BigIntegerNode.valueOf(BigInteger.TEN.pow(random.nextInt(900)));
      case 4 -> DecimalNode.valueOf(new BigDecimal(BigInteger.ONE, random.nextInt(2000) - 1000));
      case 5 -> json.textNode(text(random));
      case 6 -> json.textNode(pick(FIELDS, random));
      case 7 -> {
        ArrayNode list = json.arrayNode();
        IntStream.range(0, random.nextInt(4)).forEach(_ -> list.add(value(depth - 1, random)));
        yield list;
      }
      default -> {
        ObjectNode object = json.objectNode();
        IntStream.range(0, random.nextInt(4))
            .forEach(_ -> object.set(pick(FIELDS, random), value(depth - 1, random)));
        yield object;
      }
    };
  }

  private static String text(RandomGenerator random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(6); i >= 0; i--) {
      switch (random.nextInt(3)) {
        case 0 -> text.append(pick(NASTY, random));
        case 1 -> text.append((char) random.nextInt());
        default -> text.append("text ");
      }
    }
    return text.toString();
  }

  private static String spoilt(String text, RandomGenerator random) {
    int at = random.nextInt(text.length() + 1);
    return text.substring(0, at) + pick(NASTY, random) + text.substring(at);
  }

  private static byte[] wrapped(ObjectNode request, RandomGenerator random) {
    return switch (random.nextInt(7)) {
      case 0 -> bytes("[" + request + "]");
      case 1 -> bytes(request + "" + request);
      case 2 -> bytes("\ufeff" + request);
      case 3 -> request.toString().getBytes(StandardCharsets.UTF_16);
      case 4 -> request.toString().getBytes(Charset.forName("UTF-32"));
      case 5 -> bytes("\"" + request.toString().replace("\"", "\\\"") + "\"");
      default -> bytes(request + " ".repeat(random.nextInt(300_000)));
    };
  }

  private static List<String> fieldsOf(ObjectNode request) {
    return StreamSupport.stream(((Iterable<String>) request::fieldNames).spliterator(), false)
        .toList();
  }

  private static ObjectNode object(String json) {
    try {
      return (ObjectNode) new ObjectMapper().readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static byte[] bytes(JsonNode json) {
    return bytes(json.toString());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static <T> T pick(List<T> choices, RandomGenerator random) {
    return choices.get(random.nextInt(choices.size()));
  }
}
