package org.dbtbastion.handler;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dbtbastion.action.Action;
import org.dbtbastion.keys.KeyLine;
import org.dbtbastion.standins.readme.Readme;
import org.dbtbastion.standins.readme.Readme.Block;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The requests that README.md shows are requests. */
class ReadmeRequestsTest {

  private static final Readme README = Readme.in(Path.of(""));

  private final RequestReader reader =
      new RequestReader(EnumSet.allOf(Action.class), _ -> Optional.empty());

  static List<JsonNode> requests() {
    return README.blocks("Requests and answers").stream()
        .filter(block -> block.language().equals("json"))
        .map(Block::parsed)
        .filter(json -> json.has("action"))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("requests")
  void isARequest(JsonNode request) throws IOException {
    // Nobody wants to read a whole key.
    if (request.has("publicKey")) {
      ((ObjectNode) request).put("publicKey", KeyLine.ED25519);
    }

    read(request);
  }

  @Test
  void showsOneOfEachKindThatHasManyFields() {
    assertThat(requests())
        .extracting(request -> request.get("action").textValue())
        .containsExactly("register-key", "check", "dbt-settings");
  }

  @Test
  void aDescribedConnectionIsOne() throws IOException {
    String commands = README.block("Connections described in a request", "").code();
    Matcher json = Pattern.compile("(?s)<<'END'\n(.*)\nEND\n").matcher(commands);
    assertThat(json.find()).isTrue();

    Request request = read(parsed(json.group(1)));

    assertThat(((Request.Check) request).connections().described()).hasSize(1);
  }

  private static JsonNode parsed(String json) throws JsonProcessingException {
    return new ObjectMapper().readTree(json);
  }

  private Request read(JsonNode request) throws IOException {
    return reader.read(
        new ByteArrayInputStream(request.toString().getBytes(StandardCharsets.UTF_8)));
  }
}
