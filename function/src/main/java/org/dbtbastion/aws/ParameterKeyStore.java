package org.dbtbastion.aws;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.keys.PublicKey;
import org.dbtbastion.registry.KeyStore;
import org.dbtbastion.registry.RegisteredKey;
import org.jboss.logging.Logger;

/**
 * Registered keys in Parameter Store, one key one parameter: {@code authorized-keys/<sha256>} holds
 * {@code {"publicKey":"…","label":"…","registered":"…","expires":"…"}}. The hosts read the same.
 */
public final class ParameterKeyStore implements KeyStore {

  private static final Logger LOG = Logger.getLogger(ParameterKeyStore.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String KEYS = "authorized-keys";
  private static final String LAST_SEEN = "last-seen";

  private final Parameters parameters;

  public ParameterKeyStore(Parameters parameters) {
    this.parameters = parameters;
  }

  /** Skips, with a warning, values that are not keys, as the hosts do. */
  @Override
  public List<RegisteredKey> list(Deadline deadline) {
    List<RegisteredKey> keys = new ArrayList<>();
    for (Parameters.Entry entry : parameters.list(KEYS, deadline)) {
      read(entry).ifPresent(keys::add);
    }
    return keys;
  }

  /** A value that is not a key counts as missing. */
  @Override
  public Optional<RegisteredKey> find(String sha256Hex, Deadline deadline) {
    return parameters.find(name(sha256Hex), deadline).flatMap(this::read);
  }

  /** Puts the key in the place of what is no key, too: nobody else would ever remove that. */
  @Override
  public boolean create(RegisteredKey key, Deadline deadline) {
    String sha256Hex = key.key().sha256Hex();
    if (parameters.create(name(sha256Hex), write(key), deadline)) {
      return true;
    }
    if (find(sha256Hex, deadline).isPresent()) {
      return false;
    }
    replace(key, deadline);
    return true;
  }

  @Override
  public void replace(RegisteredKey key, Deadline deadline) {
    parameters.write(name(key.key().sha256Hex()), write(key), deadline);
  }

  @Override
  public boolean delete(String sha256Hex, Deadline deadline) {
    boolean deleted = parameters.delete(name(sha256Hex), deadline);
    parameters.delete(LAST_SEEN + "/" + sha256Hex, deadline);
    return deleted;
  }

  @Override
  public Map<String, Instant> lastSeen(Deadline deadline) {
    Map<String, Instant> lastSeen = new HashMap<>();
    for (Parameters.Entry entry : parameters.list(LAST_SEEN, deadline)) {
      try {
        lastSeen.put(entry.name(), Instant.parse(entry.value()));
      } catch (DateTimeException _) {
        LOG.warnf("parameter %s is no moment", parameters.fullName(LAST_SEEN + "/" + entry.name()));
      }
    }
    return lastSeen;
  }

  private static String name(String sha256Hex) {
    return KEYS + "/" + sha256Hex;
  }

  private static String write(RegisteredKey key) {
    ObjectNode json = JSON.createObjectNode();
    json.put("publicKey", key.key().openSshLine());
    json.put("label", key.label());
    json.put("registered", key.registered().toString());
    key.expires().ifPresent(expires -> json.put("expires", expires.toString()));
    return json.toString();
  }

  private Optional<RegisteredKey> read(Parameters.Entry entry) {
    String name = entry.name();
    try {
      JsonNode json = JSON.readTree(entry.value());
      if (PublicKey.parse(json.path("publicKey").asText())
              instanceof PublicKey.Parsed.Accepted(PublicKey key, String _)
          && key.sha256Hex().equals(name)
          && (json.path("expires").isMissingNode() || json.path("expires").isTextual())) {
        return Optional.of(
            new RegisteredKey(
                key,
                json.path("label").asText(),
                // A deployment does not say when: it would be another template each time.
                json.has("registered")
                    ? Instant.parse(json.get("registered").asText())
                    : entry.modified(),
                Optional.ofNullable(json.path("expires").textValue()).map(Instant::parse)));
      }
    } catch (JsonProcessingException | IllegalArgumentException | DateTimeException _) {
      // The warning below is for all that is wrong with it.
    }
    LOG.warnf("parameter %s is no registered key", parameters.fullName(KEYS + "/" + name));
    return Optional.empty();
  }
}
