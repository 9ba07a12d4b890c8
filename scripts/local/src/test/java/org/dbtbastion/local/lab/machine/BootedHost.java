package org.dbtbastion.local.lab.machine;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.dbtbastion.local.lab.network.Namespace;
import org.dbtbastion.standins.process.Await;
import org.dbtbastion.standins.process.ChildProcess;
import org.dbtbastion.standins.process.Command;

/**
 * A stand-in for an EC2 instance: a container of systemd-nspawn in which systemd boots as on a
 * machine, with a disk, a network and a memory of its own. cloud-init finds the deployed user data.
 * Needs root. Safe for use by several threads, but for switching it on and off.
 */
public final class BootedHost implements AutoCloseable {

  /**
   * The shell command after which keys are synced only when somebody asks. The timer ends first: it
   * would start anew what is being stopped.
   */
  public static final String STOP_SYNC =
      "systemctl stop dbt-bastion-sync.timer && systemctl stop dbt-bastion-sync.service";

  private static final Duration SYSTEMD_STARTS = Duration.ofSeconds(20);
  private static final Duration BOOTSTRAPPED = Duration.ofSeconds(90);
  private static final int MIB = 1 << 20;

  // Of the 150 that Amazon Linux with its agents is reckoned to take, this tree takes 40 itself. It
  // has no Systems Manager agent, for one.
  private static final int AMAZON_LINUX_MIB = 110;

  // FS_IOC_SHUTDOWN without flushing the journal. Source: the kernel's include/uapi/linux/fs.h.
  private static final String LOSE_WHAT_IS_NOT_WRITTEN =
      "import fcntl, os, struct, sys; "
          + "fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack('I', 2))";

  private final Instance instance;
  private final Path folder;
  private final Path image;
  private final Path root;
  private final Optional<Path> ownDisk;
  private final ControlGroup group;
  private Optional<ChildProcess> container = Optional.empty();

  /**
   * What EC2 knows of an instance.
   *
   * @param name what it is called in the lab
   * @param id its instance id
   * @param address its private address
   * @param network where its interface is
   * @param userData as cloud-init gets it
   */
  public record Instance(
      String name, String id, String address, Namespace network, byte[] userData) {}

  /**
   * A host that is switched off.
   *
   * @param folder where its disk is, and the console's output
   * @param image the root file system that it starts from
   * @param diskBytes how much it can write; as much as this machine can if empty
   */
  public BootedHost(Instance instance, Path folder, Path image, OptionalLong diskBytes) {
    this.instance = instance;
    this.folder = folder.toAbsolutePath();
    this.image = image;
    this.root = this.folder.resolve("root");
    this.ownDisk =
        diskBytes.isPresent() ? Optional.of(this.folder.resolve("disk.ext4")) : Optional.empty();
    this.group = ControlGroup.create("dbt-bastion-" + instance.network().name());
    try {
      for (String part : List.of("disk", "root")) {
        Files.createDirectories(this.folder.resolve(part));
      }
      if (ownDisk.isPresent()) {
        makeDisk(ownDisk.get(), diskBytes.getAsLong());
      }
      mount();
      write("/var/lib/cloud/seed/nocloud/user-data", instance.userData());
      write(
          "/var/lib/cloud/seed/nocloud/meta-data",
          "instance-id: %s\nlocal-hostname: %s\n"
              .formatted(instance.id(), instance.name())
              .getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A file system of its own, without a reserve for root, as Amazon Linux's XFS has none. */
  private static void makeDisk(Path file, long bytes) throws IOException {
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(bytes);
    }
    Command.of("mkfs.ext4", "-q", "-m", "0", "-b", "4096", file.toString()).runOrThrow();
  }

  private Path disk() {
    return folder.resolve("disk");
  }

  private void mount() throws IOException {
    Path disk = disk();
    // By itself ext4 writes out a file that takes another's name; XFS does not.
    ownDisk.ifPresent(
        file ->
            Command.of("mount", "-o", "loop,noauto_da_alloc", file.toString(), disk.toString())
                .runOrThrow());
    Files.createDirectories(disk.resolve("upper"));
    Files.createDirectories(disk.resolve("work"));
    Command.of(
            "mount",
            "-t",
            "overlay",
            "overlay",
            "-o",
            "lowerdir=%s,upperdir=%s/upper,workdir=%s/work".formatted(image, disk, disk),
            root.toString())
        .runOrThrow();
  }

  private void unmount() {
    Command.of("umount", root.toString()).runOrThrow();
    ownDisk.ifPresent(_ -> Command.of("umount", disk().toString()).runOrThrow());
  }

  /** The instance id, {@code i-…}. */
  public String id() {
    return instance.id();
  }

  /** The private IPv4 address. */
  public String address() {
    return instance.address();
  }

  /** Its network namespace. */
  public Namespace network() {
    return instance.network();
  }

  /** Its memory, and what is taken of it. */
  public ControlGroup memory() {
    return group;
  }

  /** A file of its disk, as seen from outside. */
  public Path file(String path) {
    return root.resolve(path.substring(1));
  }

  /** Whether it has this file. */
  public boolean has(String path) {
    return Files.exists(file(path));
  }

  /** The text of a file on it. */
  public String text(String path) {
    try {
      return Files.readString(file(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes a file to its disk, as the image's maker would have. */
  public void write(String path, byte[] content) {
    try {
      Files.createDirectories(file(path).getParent());
      Files.write(file(path), content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Overrides settings of one of the bastion's units, which is not loaded yet or has to be loaded
   * anew: a test need not wait for the clocks that are shipped.
   *
   * @param lines in the form of a unit file
   */
  public void override(String unit, String lines) {
    write(
        "/etc/systemd/system/dbt-bastion-%s.d/lab.conf".formatted(unit),
        lines.getBytes(StandardCharsets.UTF_8));
  }

  /** Appends lines to a file of its disk. */
  public void append(String path, String lines) {
    try {
      Files.writeString(file(path), lines, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Switches it on and waits until its systemd runs. */
  public BootedHost powerOn() {
    // What has been done to the disk from outside was done long ago.
    ownDisk.ifPresent(_ -> Command.of("sync", "-f", disk().toString()).runOrThrow());
    List<String> nspawn =
        List.of(
            "exec",
            "systemd-nspawn",
            "--boot",
            "--quiet",
            "--console=pipe",
            "--register=no",
            "--keep-unit",
            "--link-journal=no",
            "--resolv-conf=off",
            "--timezone=off",
            // The machine's root may do what it may on EC2; the units take it away from sshd. With
            // BPF systemd filters a unit's packets.
            "--capability=CAP_NET_ADMIN,CAP_BPF",
            "--system-call-filter=bpf",
            "--machine=" + instance.network().name(),
            "--network-namespace-path=" + instance.network().file(),
            group.delegation(),
            "--directory='" + root + "'");
    container =
        Optional.of(
            ChildProcess.of(
                    instance.name(),
                    console(),
                    List.of("sh", "-c", group.join() + String.join(" ", nspawn)))
                // It may set its own network's parameters.
                .environment(Map.of("SYSTEMD_NSPAWN_API_VFS_WRITABLE", "network"))
                .patience(Duration.ofSeconds(30))
                .start());
    Await.value("systemd runs on " + instance.name(), SYSTEMD_STARTS, this::init);
    return this;
  }

  /** Its first process, as this machine numbers it, once it is systemd. */
  private Optional<Long> init() {
    return container.stream()
        .flatMap(process -> ProcessHandle.of(process.pid()).stream())
        .flatMap(ProcessHandle::descendants)
        .map(ProcessHandle::pid)
        .filter(BootedHost::isInit)
        .findFirst();
  }

  private static boolean isInit(long pid) {
    try {
      Path process = Path.of("/proc", Long.toString(pid));
      return Files.readString(process.resolve("comm")).strip().equals("systemd")
          && Files.readString(process.resolve("status")).matches("(?s).*\nNSpid:[^\n]*\t1\n.*");
    } catch (IOException e) {
      return false; // ended meanwhile
    }
  }

  /** Waits until the bootstrap says that all is done. */
  public BootedHost awaitBootstrapped() {
    try {
      Await.until(
          instance.name() + " is bootstrapped",
          BOOTSTRAPPED,
          () -> has("/var/lib/dbt-bastion/bootstrapped"));
    } catch (Await.NotInTime e) {
      throw new IllegalStateException(
          e.getMessage() + "; its journal ends:\n" + run("journalctl -b -n 60 --no-pager").output(),
          e);
    }
    return this;
  }

  /** The file with what its console shows. */
  Path console() {
    return folder.resolve("console.log");
  }

  /** The words that run a shell command on it as root, as Session Manager and Run Command do. */
  List<String> command(String shell) {
    long init =
        init().orElseThrow(() -> new IllegalStateException(instance.name() + " is switched off"));
    List<String> words = new ArrayList<>(List.of("nsenter", "--target", Long.toString(init)));
    Stream.of("mount", "uts", "ipc", "net", "pid", "cgroup")
        .forEach(namespace -> words.add("--" + namespace));
    words.addAll(List.of("--wd", "--", "/usr/bin/env", "-i", "LC_ALL=C.UTF-8"));
    words.add("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    words.addAll(List.of("/bin/bash", "-c", shell));
    return words;
  }

  /** Runs a shell command on it as root, to its end. */
  public Command.Result run(String shell) {
    return new Command(command(shell), Map.of()).run();
  }

  /** Runs a shell command on it, which must succeed, and returns what it prints. */
  public String ask(String shell) {
    Command.Result result = run(shell);
    if (result.status() != 0) {
      throw new IllegalStateException("on %s: %s: %s".formatted(instance.name(), shell, result));
    }
    return result.output();
  }

  /** What one of the bastion's units has logged since the host was switched on. */
  public String journal(String unit) {
    return ask("journalctl -q -b -o cat --unit=dbt-bastion-" + unit);
  }

  /**
   * From now on it is a machine with less memory: it sees no more, its processes together get no
   * more, less what Amazon Linux would take of it, and sshd starts anew and reckons with it.
   *
   * @param programsMib what such a machine's kernel leaves to programs, its MemTotal
   */
  public void asMachineOf(int programsMib) {
    group.limitMemory((long) (programsMib - AMAZON_LINUX_MIB) * MIB);
    // A container sees all memory of the machine that it runs on.
    ask(
        "umount -q /proc/meminfo; sed 's/^MemTotal:.*/MemTotal: %d kB/' /proc/meminfo >/run/meminfo && mount --bind /run/meminfo /proc/meminfo"
            .formatted(programsMib * 1024));
    restartSshd();
  }

  /** Takes back {@link #asMachineOf}. */
  public void asThisMachine() {
    run("umount -q /proc/meminfo");
    group.unlimitMemory();
    restartSshd();
  }

  private void restartSshd() {
    ask("systemctl restart dbt-bastion-sshd.service");
  }

  /**
   * Lets all its processes vanish at the same moment, and a disk of its own lose what the file
   * system had not written out. It must have room to be mounted again.
   */
  public void cutPower() {
    vanish();
    ownDisk.ifPresent(
        file -> {
          Command.of("python3", "-c", LOSE_WHAT_IS_NOT_WRITTEN, disk().toString()).runOrThrow();
          unmount();
          // Containers that were started meanwhile may hold the file system, stopped as it is.
          Command.of("cp", "--sparse=always", file.toString(), file + ".copy").runOrThrow();
          Command.of("mv", file + ".copy", file.toString()).runOrThrow();
          try {
            mount();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /**
   * Lets all its processes vanish at the same moment; its disk keeps all that they have written.
   */
  public void vanish() {
    container.ifPresent(
        process -> {
          // None may see others die, and act on it.
          group.freeze();
          ProcessHandle.of(process.pid()).stream()
              .flatMap(ProcessHandle::descendants)
              .forEach(ProcessHandle::destroyForcibly);
          group.thaw();
          process.kill();
        });
    container = Optional.empty();
  }

  /** Ends it in good order; its disk stays. */
  public void shutDown() {
    container.ifPresent(ChildProcess::close);
    container = Optional.empty();
  }

  /** Ends it and throws its disk away; the console's output stays. */
  @Override
  public void close() {
    vanish();
    unmount();
    Command.of("rm", "-rf", "--one-file-system", disk().toString()).runOrThrow();
    group.close();
  }
}
