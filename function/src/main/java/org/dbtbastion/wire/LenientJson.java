package org.dbtbastion.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** JSON that others wrote, in parameters, secrets and answers, which may be none. */
public final class LenientJson {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private LenientJson() {}

  /** A missing node where it is no JSON: the parser's messages quote what they read. */
  public static JsonNode read(String text) {
    return text == null ? MissingNode.getInstance() : read(text.getBytes(StandardCharsets.UTF_8));
  }

  /** As {@link #read(String)}, of text in one of JSON's encodings. */
  public static JsonNode read(byte[] text) {
    try {
      JsonNode json = MAPPER.readTree(text);
      return json == null ? MissingNode.getInstance() : json;
    } catch (IOException _) {
      return MissingNode.getInstance();
    }
  }
}
