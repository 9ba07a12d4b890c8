package org.dbtbastion.infra.hosts;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.dbtbastion.infra.problem.ConfigurationException;
import org.dbtbastion.infra.problem.ConfigurationProblem;

/**
 * The files that make a machine a bastion, laid out in a folder as they lie on the host.
 *
 * <p>Immutable and safe for use by several threads.
 */
public final class HostFiles {

  /** What user data runs once the files are in place; without it there is no bastion. */
  static final String BOOTSTRAP = "opt/dbt-bastion/bootstrap";

  // Lines end with \n alone: whatever else Unicode calls a line's end may stand in a comment.
  private static final Pattern COMMENT =
      Pattern.compile("^[ \\t]*#(?!!).*$", Pattern.MULTILINE | Pattern.UNIX_LINES);

  // Each file's text is a here-document up to this line.
  private static final String END = "--- end of file";
  private static final String PUT =
      "put() { install -D -m \"$1\" /dev/stdin \"${BASTION_ROOT:-}/$2\"; }\n";

  private final Path folder;
  private final List<Path> entries;

  private HostFiles(Path folder, List<Path> entries) {
    this.folder = folder;
    this.entries = entries;
  }

  /**
   * The files of a folder. Hidden files and what Python leaves behind are not among them: they come
   * from editors and test runs, and would replace hosts for nothing.
   *
   * @throws ConfigurationException if the folder or the bootstrap in it is missing, or holds
   *     something that is neither a file nor a folder
   */
  public static HostFiles in(Path folder) {
    Objects.requireNonNull(folder, "folder");
    Path bootstrap = folder.resolve(BOOTSTRAP);
    if (!Files.isRegularFile(bootstrap)) {
      throw new ConfigurationException(
          new ConfigurationProblem(
              "the bastion's files",
              bootstrap.toAbsolutePath().normalize() + " does not exist",
              "the folder infra/bastion of this repository, laid out as on the host",
              "run cdk in the infra folder of a complete clone"));
    }
    try (Stream<Path> found = Files.walk(folder)) {
      List<Path> entries =
          found
              .filter(path -> !path.equals(folder))
              .map(folder::relativize)
              .filter(HostFiles::belongsOnHost)
              .sorted(Comparator.comparing(Path::toString))
              .toList();
      for (Path entry : entries) {
        Path path = folder.resolve(entry);
        if (Files.isSymbolicLink(path) || !(Files.isRegularFile(path) || Files.isDirectory(path))) {
          throw new ConfigurationException(
              new ConfigurationProblem(
                  "the bastion's files",
                  path.toAbsolutePath().normalize().toString(),
                  "files and folders",
                  "replace it with a file, or let the bootstrap make it on the host"));
        }
      }
      return new HostFiles(folder, entries);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder, e);
    }
  }

  private static boolean belongsOnHost(Path entry) {
    for (Path part : entry) {
      String name = part.toString();
      if (name.startsWith(".") || name.equals("__pycache__")) {
        return false;
      }
    }
    return true;
  }

  /**
   * Shell commands that write the files below {@code ${BASTION_ROOT}}: readable, and with nothing
   * that the shell would expand. A line that holds only a comment is written as an empty one: user
   * data has no room for reasons, and the lines that errors name keep their numbers. All else is
   * written byte for byte. Files that begin with {@code #!} may be executed, the others only be
   * read. Equal files give equal text, whoever checked them out, when and with which permissions: a
   * host is replaced when it changes.
   */
  public String script() {
    StringBuilder script = new StringBuilder(PUT);
    for (Path entry : entries) {
      if (Files.isRegularFile(folder.resolve(entry))) {
        script.append(write(entry));
      }
    }
    return script.toString();
  }

  private String write(Path entry) {
    String name = entry.toString().replace('\\', '/');
    String content = read(entry);
    if (!content.endsWith("\n") || content.lines().anyMatch(END::equals)) {
      throw new ConfigurationException(
          new ConfigurationProblem(
              "the bastion's files",
              folder.resolve(entry).toAbsolutePath().normalize().toString(),
              "text that ends with a newline, without a line '" + END + "'",
              "end its last line"));
    }
    return "put %s '%s' <<'%s'\n%s%s\n"
        .formatted(content.startsWith("#!") ? "755" : "644", name, END, content, END);
  }

  private String read(Path entry) {
    try {
      return COMMENT.matcher(Files.readString(folder.resolve(entry))).replaceAll("");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + folder.resolve(entry), e);
    }
  }
}
