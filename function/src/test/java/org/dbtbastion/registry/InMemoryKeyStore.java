package org.dbtbastion.registry;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.dbtbastion.deadline.Deadline;

/** A store that keeps what {@link KeyStore} promises, as long as the process lives. */
public class InMemoryKeyStore implements KeyStore {

  final Map<String, RegisteredKey> keys = new ConcurrentHashMap<>();
  final Map<String, Instant> lastSeen = new ConcurrentHashMap<>();

  @Override
  public List<RegisteredKey> list(Deadline deadline) {
    return List.copyOf(keys.values());
  }

  @Override
  public Optional<RegisteredKey> find(String sha256Hex, Deadline deadline) {
    return Optional.ofNullable(keys.get(sha256Hex));
  }

  @Override
  public boolean create(RegisteredKey key, Deadline deadline) {
    return keys.putIfAbsent(key.key().sha256Hex(), key) == null;
  }

  @Override
  public void replace(RegisteredKey key, Deadline deadline) {
    keys.put(key.key().sha256Hex(), key);
  }

  @Override
  public boolean delete(String sha256Hex, Deadline deadline) {
    return keys.remove(sha256Hex) != null;
  }

  @Override
  public Map<String, Instant> lastSeen(Deadline deadline) {
    return Map.copyOf(lastSeen);
  }
}
