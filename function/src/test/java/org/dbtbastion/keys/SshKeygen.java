package org.dbtbastion.keys;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The real ssh-keygen: it makes keys, and it is the oracle that says what a key is. */
final class SshKeygen {

  private static final int PATIENCE_SECONDS = 120;
  private static final Pattern VERDICT =
      Pattern.compile("(\\d+) (SHA256:\\S+) (.*) \\(([A-Z0-9-]+)\\)");
  private static final String MARKER = "marker-";

  private final Path folder;

  /**
   * What ssh-keygen -l prints about a key.
   *
   * @param type in its words, such as {@code ED25519-SK}
   */
  record Verdict(int bits, String fingerprint, String type) {}

  private record Outcome(int status, String output) {}

  /**
   * @param folder an empty one, for the keys that are made
   * @throws IllegalStateException if there is no ssh-keygen
   */
  SshKeygen(Path folder) {
    this.folder = folder;
    try {
      run(List.of("-l", "-f", "/nonexistent"));
    } catch (IOException e) {
      throw new IllegalStateException(
          "These tests hold the parser against the real ssh-keygen, which cannot be started. Install"
              + " it (Debian, Ubuntu: apt-get install openssh-client).",
          e);
    }
  }

  /** Makes a pair and returns its public line, with the name as its comment. */
  String generate(String name, String... options) throws IOException {
    Path file = folder.resolve(name);
    List<String> arguments = new ArrayList<>(List.of(options));
    arguments.addAll(List.of("-q", "-N", "", "-C", name, "-f", file.toString()));
    succeed(arguments);
    return Files.readString(folder.resolve(name + ".pub")).strip();
  }

  /** The private half of a pair that was made here. */
  String privateKey(String name) throws IOException {
    return Files.readString(folder.resolve(name));
  }

  /** Whether this ssh-keygen still makes keys of a type. */
  boolean makes(String type) throws IOException {
    Path file = folder.resolve("probe-" + type);
    return run(List.of("-q", "-t", type, "-N", "", "-f", file.toString())).status() == 0;
  }

  /** Signs the public key of one pair with another, and returns the certificate's line. */
  String certify(String name, String authority) throws IOException {
    succeed(
        List.of(
            "-q",
            "-s",
            folder.resolve(authority).toString(),
            "-I",
            "test",
            "-n",
            "dbtcloud",
            folder.resolve(name + ".pub").toString()));
    return Files.readString(folder.resolve(name + "-cert.pub")).strip();
  }

  /** A public key of a pair that was made here, converted to another format. */
  String export(String name, String format) throws IOException {
    return succeed(List.of("-e", "-m", format, "-f", folder.resolve(name + ".pub").toString()));
  }

  /**
   * What ssh-keygen finds in each of the texts, in their order: nothing, one key, or several where
   * a text has several lines. All are judged in one run, each between lines that are known to be
   * good and are numbered.
   */
  List<List<Verdict>> judge(List<String> texts) throws IOException {
    Path file = folder.resolve("judged");
    StringBuilder content = new StringBuilder();
    for (int i = 0; i < texts.size(); i++) {
      content.append(marker(i)).append(texts.get(i)).append('\n');
    }
    content.append(marker(texts.size()));
    Files.writeString(file, content, StandardCharsets.UTF_8);

    List<List<Verdict>> verdicts = new ArrayList<>();
    int markers = 0;
    for (String line : succeed(List.of("-l", "-f", file.toString())).lines().toList()) {
      Matcher matcher = VERDICT.matcher(line);
      if (!matcher.matches()) {
        continue;
      }
      if (matcher.group(3).equals(MARKER + markers)) {
        markers++;
        verdicts.add(new ArrayList<>());
      } else {
        verdicts
            .getLast()
            .add(
                new Verdict(
                    Integer.parseInt(matcher.group(1)), matcher.group(2), matcher.group(4)));
      }
    }
    if (markers != texts.size() + 1) {
      throw new IllegalStateException(
          "ssh-keygen stopped after %d of %d texts".formatted(markers, texts.size()));
    }
    return verdicts.subList(0, texts.size());
  }

  private static String marker(int number) {
    return KeyLine.ED25519 + " " + MARKER + number + "\n";
  }

  private String succeed(List<String> arguments) throws IOException {
    Outcome outcome = run(arguments);
    if (outcome.status() != 0) {
      throw new IllegalStateException(
          "ssh-keygen %s ended with %d: %s"
              .formatted(String.join(" ", arguments), outcome.status(), outcome.output()));
    }
    return outcome.output();
  }

  private Outcome run(List<String> arguments) throws IOException {
    Path output = Files.createTempFile(folder, "output", ".txt");
    Process process =
        new ProcessBuilder(
                Stream.concat(Stream.of("ssh-keygen"), arguments.stream())
                    .collect(Collectors.toList()))
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(output.toFile())
            .start();
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("ssh-keygen did not end in " + PATIENCE_SECONDS + " s");
      }
      return new Outcome(
          process.exitValue(), Files.readString(output, StandardCharsets.ISO_8859_1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } finally {
      process.destroyForcibly();
    }
  }
}
