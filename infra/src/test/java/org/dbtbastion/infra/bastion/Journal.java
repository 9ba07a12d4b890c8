package org.dbtbastion.infra.bastion;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * A stand-in for systemd's journal: a program {@code journalctl} that prints what tests write, as
 * {@code journalctl -o json} does. Source: journalctl(1), and journalctl 252 itself.
 */
final class Journal {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PROGRAM =
      """
      #!/usr/bin/env python3
      import json, sys
      words = sys.argv[1:]
      assert words[:5] == ["-q", "-a", "-o", "json", "--output-fields=MESSAGE"], words
      open("FILE.calls", "a").write(words[-1] + "\\n")
      after = 0
      if words[-1] != "-b":
          try:
              after = int(words[-1].split("--after-cursor=line=")[1])
          except (ValueError, IndexError):
              sys.exit("Failed to seek to cursor: Invalid argument")
      for number, line in enumerate(open("FILE", encoding="utf-8"), 1):
          entry = json.loads(line)
          if number > after and "--unit=" + entry.pop("unit") in words:
              print(json.dumps({"__CURSOR": f"line={number}", **entry}))
      """;

  private final Path folder;

  Journal(Path folder) throws IOException {
    this.folder = Files.createDirectories(folder);
    Files.writeString(file(), "");
  }

  private Path file() {
    return folder.resolve("journal");
  }

  /** A variable that puts the program first on the path, beside those that are there. */
  Map<String, String> environment() throws IOException {
    return FakeAws.program(folder, "journalctl", PROGRAM.replace("FILE", file().toString()));
  }

  /** What the program was asked to begin with, call by call. */
  List<String> calls() throws IOException {
    return Files.readAllLines(folder.resolve("journal.calls"));
  }

  void add(String unit, Instant at, String text) throws IOException {
    addMessage(unit, at, text);
  }

  /** Bytes that are no text: journalctl prints them one by one. */
  void add(String unit, Instant at, byte[] bytes) throws IOException {
    int[] numbers = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      numbers[i] = Byte.toUnsignedInt(bytes[i]);
    }
    addMessage(unit, at, numbers);
  }

  private void addMessage(String unit, Instant at, Object message) throws IOException {
    String micros = at.toEpochMilli() + "042";
    Map<String, Object> entry =
        Map.of("unit", unit, "__REALTIME_TIMESTAMP", micros, "MESSAGE", message);
    Files.writeString(file(), JSON.writeValueAsString(entry) + "\n", StandardOpenOption.APPEND);
  }

  /** The events that a call to PutLogEvents was given. */
  static List<Map<String, Object>> events(String json) throws IOException {
    return JSON.readValue(json, new TypeReference<>() {});
  }
}
