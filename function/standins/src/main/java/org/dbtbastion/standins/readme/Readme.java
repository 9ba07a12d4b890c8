package org.dbtbastion.standins.readme;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** README.md as its readers copy from it: by section, and by block of code. */
public final class Readme {

  private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w*)\\n(.*?)^```$");

  private final String text;

  private Readme(String text) {
    this.text = text;
  }

  /**
   * A block of code.
   *
   * @param language what its fence says; empty if it says nothing
   */
  public record Block(String language, String code) {

    /** It as YAML or JSON. */
    public JsonNode parsed() {
      ObjectMapper mapper = language.equals("json") ? new ObjectMapper() : new YAMLMapper();
      try {
        return mapper.readTree(code);
      } catch (JsonProcessingException e) {
        throw new AssertionError("this is not " + language + ": " + code, e);
      }
    }
  }

  /** The one in a folder. */
  public static Readme in(Path folder) {
    try {
      return new Readme(Files.readString(folder.resolve("README.md")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All blocks of the section below this heading, with the sections below it, in order. */
  public List<Block> blocks(String heading) {
    List<Block> blocks = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(section(heading));
    while (matcher.find()) {
      blocks.add(new Block(matcher.group(1), matcher.group(2)));
    }
    return blocks;
  }

  /** The one block in this language of the section below this heading. */
  public Block block(String heading, String language) {
    List<Block> found =
        blocks(heading).stream().filter(block -> block.language().equals(language)).toList();
    if (found.size() != 1) {
      throw new AssertionError(
          "%d blocks of %s below %s".formatted(found.size(), language, heading));
    }
    return found.getFirst();
  }

  /** The text of the section below this heading, with the sections below it. */
  public String section(String heading) {
    List<String> section = new ArrayList<>();
    int level = 0;
    boolean inBlock = false;
    for (String line : text.lines().toList()) {
      inBlock ^= line.startsWith("```");
      // In a block it is a comment.
      int hashes = inBlock ? 0 : line.length() - line.replaceFirst("^#+ ", " ").length();
      if (level == 0 && hashes > 0 && line.substring(hashes).strip().equals(heading)) {
        level = hashes;
      } else if (level > 0 && hashes > 0 && hashes <= level) {
        break;
      } else if (level > 0) {
        section.add(line);
      }
    }
    if (level == 0) {
      throw new AssertionError("README.md has no section " + heading);
    }
    return String.join("\n", section);
  }
}
