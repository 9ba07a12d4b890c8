package org.dbtbastion.infra.configuration;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.dbtbastion.keys.Label;
import org.dbtbastion.keys.PublicKey;

/** A public key that the deployment registers, with the label that people give to it. */
public record DeclaredKey(PublicKey key, Label label) {

  public DeclaredKey {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(label, "label");
  }

  /**
   * The key as hosts and the key registry read it from its parameter. It holds no time, which would
   * differ from one synth to the next.
   */
  public String json() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("publicKey", key.openSshLine());
    fields.put("label", label.text());
    try {
      return new ObjectMapper().writeValueAsString(fields);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("strings are always JSON", e);
    }
  }
}
