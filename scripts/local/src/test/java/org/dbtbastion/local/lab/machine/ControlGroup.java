package org.dbtbastion.local.lab.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.dbtbastion.standins.process.Await;

/**
 * The control group of a host, which limits its memory and can halt it. systemd in the host makes
 * its own below it. Knows version 2 and the hybrid of versions 1 and 2. Needs root.
 *
 * <p>Source: cgroups(7) and the kernel's documentation of both versions of the memory controller.
 */
public final class ControlGroup implements AutoCloseable {

  private static final Path MOUNT = Path.of("/sys/fs/cgroup");
  private static final Duration FREEZES = Duration.ofSeconds(5);
  private static final boolean UNIFIED = Files.exists(MOUNT.resolve("cgroup.controllers"));

  private final List<Path> folders;

  private ControlGroup(List<Path> folders) {
    this.folders = folders;
  }

  static ControlGroup create(String name) {
    List<Path> hierarchies =
        UNIFIED
            ? List.of(MOUNT)
            : Stream.of("systemd", "unified", "memory", "pids", "freezer")
                .map(MOUNT::resolve)
                .filter(Files::isDirectory)
                .toList();
    try {
      if (UNIFIED) {
        Files.writeString(MOUNT.resolve("cgroup.subtree_control"), "+memory +pids");
      }
      List<Path> folders = hierarchies.stream().map(path -> path.resolve(name)).toList();
      for (Path folder : folders) {
        Files.createDirectories(folder);
      }
      return new ControlGroup(folders);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A shell command after which the shell is in it. */
  String join() {
    StringBuilder script = new StringBuilder();
    folders.forEach(folder -> script.append("echo $$ >'%s/cgroup.procs'; ".formatted(folder)));
    return script.toString();
  }

  /**
   * The arguments of systemd-nspawn with which the host's systemd can limit its units' tasks. Of
   * version 1's hierarchies it would get none to write to.
   */
  String delegation() {
    return UNIFIED
        ? ""
        : "--tmpfs=/sys/fs/cgroup:mode=755 --bind='%s':/sys/fs/cgroup/pids"
            .formatted(folder("pids"));
  }

  /** From now on all its processes together may take this much memory, files' caches included. */
  void limitMemory(long bytes) {
    write(UNIFIED ? "memory.max" : "memory.limit_in_bytes", Long.toString(bytes));
  }

  /** Takes back {@link #limitMemory}. */
  void unlimitMemory() {
    write(UNIFIED ? "memory.max" : "memory.limit_in_bytes", UNIFIED ? "max" : "-1");
  }

  /** What all its processes take now, files' caches and the kernel's own part included. */
  public long memory() {
    return Long.parseLong(read(UNIFIED ? "memory.current" : "memory.usage_in_bytes").strip());
  }

  /** How often the kernel has killed a process in it for want of memory. */
  public long outOfMemoryKills() {
    return read(UNIFIED ? "memory.events" : "memory.oom_control")
        .lines()
        .filter(line -> line.startsWith("oom_kill "))
        .mapToLong(line -> Long.parseLong(line.split(" ")[1]))
        .sum();
  }

  /** Halts all its processes at the same moment. */
  void freeze() {
    if (UNIFIED) {
      write("cgroup.freeze", "1");
      Await.until("the freeze", FREEZES, () -> read("cgroup.events").contains("frozen 1"));
    } else {
      write("freezer.state", "FROZEN");
      Await.until("the freeze", FREEZES, () -> read("freezer.state").equals("FROZEN\n"));
    }
  }

  /** Takes back {@link #freeze}. */
  void thaw() {
    write(UNIFIED ? "cgroup.freeze" : "freezer.state", UNIFIED ? "0" : "THAWED");
  }

  private Path file(String name) {
    return folder(name.substring(0, name.indexOf('.'))).resolve(name);
  }

  private Path folder(String controller) {
    return folders.stream()
        .filter(folder -> UNIFIED || folder.startsWith(MOUNT.resolve(controller)))
        .findFirst()
        .orElseThrow(
            () -> new IllegalStateException("this kernel has no controller " + controller));
  }

  private void write(String file, String value) {
    try {
      Files.writeString(file(file), value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String read(String file) {
    try {
      return Files.readString(file(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Removes it; its processes must have ended. */
  @Override
  public void close() {
    for (Path folder : folders) {
      // The kernel lets go of a group a moment after its last process.
      Await.until(folder + " can be removed", Duration.ofSeconds(10), () -> remove(folder));
    }
  }

  private static boolean remove(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return true;
    }
    try (Stream<Path> groups = Files.walk(folder)) {
      for (Path group :
          groups.filter(Files::isDirectory).sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(group);
      }
    }
    return true;
  }
}
