package org.dbtbastion.local.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.process.Command.Result;
import org.dbtbastion.standins.process.Repository;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the scripts find, and what they say where it is missing. */
class PrerequisitesTest {

  /** Where this machine's own JDKs would otherwise be found. */
  private static final String NO_SYSTEM_JDKS = "system_jdks() { :; }; ";

  @TempDir private Path folder;
  private Path home;
  private Path programs;
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void makeMachine() throws IOException {
    home = Files.createDirectories(folder.resolve("home"));
    programs = Files.createDirectories(folder.resolve("bin"));
    for (String name :
        List.of(
            "cat", "dirname", "find", "grep", "id", "mkdir", "readlink", "sed", "sort", "uname")) {
      program(name, "exec '%s' \"$@\"".formatted(find(name)));
    }
    Path lib = Files.createDirectories(folder.resolve("scripts/lib"));
    try (Stream<Path> files = Files.list(Repository.script("lib"))) {
      for (Path file : files.toList()) {
        Files.copy(file, lib.resolve(file.getFileName()));
      }
    }
    environment.putAll(
        Map.of(
            "HOME",
            home.toString(),
            "PATH",
            programs.toString(),
            "JAVA_HOME",
            "",
            "SDKMAN_DIR",
            ""));
  }

  @Test
  void findsNewerJdkBesideOlderDefault() throws IOException {
    Path old = jdk(home.resolve(".sdkman/candidates/java/17.0.15-tem"), "17.0.15");
    Path wanted = jdk(home.resolve(".sdkman/candidates/java/25.0.1-tem"), "25.0.1");
    program("java", "echo '    java.home = " + old + "' >&2");

    Result run = source("build", NO_SYSTEM_JDKS + "require_jdk; echo \"$JAVA_HOME\"");

    assertThat(run).isEqualTo(new Result(0, wanted + "\n", ""));
  }

  @Test
  void prefersJavaHomeThenPath() throws IOException {
    Path onPath = jdk(folder.resolve("on path"), "26");
    Path chosen = jdk(folder.resolve("chosen"), "25");
    program("java", "echo '    java.home = " + onPath + "' >&2");
    jdk(home.resolve(".jdks/temurin-25"), "25");

    Result path = source("build", NO_SYSTEM_JDKS + "require_jdk; echo \"$JAVA_HOME\"");
    environment.put("JAVA_HOME", chosen.toString());
    Result javaHome = source("build", NO_SYSTEM_JDKS + "require_jdk; echo \"$JAVA_HOME\"");

    assertThat(path.output()).isEqualTo(onPath + "\n");
    assertThat(javaHome.output()).isEqualTo(chosen + "\n");
  }

  @Test
  void asksTheCompilerWhereNoReleaseIsWritten() throws IOException {
    Path wanted = jdk(home.resolve(".jdks/mine"), "25");
    Files.delete(wanted.resolve("release"));
    executable(wanted.resolve("bin/javac"), "echo javac 25-ea");

    Result run = source("build", NO_SYSTEM_JDKS + "require_jdk; echo \"$JAVA_HOME\"");

    assertThat(run.output()).isEqualTo(wanted + "\n");
  }

  @Test
  void saysWhatToInstallWhereThereIsNoJdk() throws IOException {
    jdk(home.resolve(".jdks/old"), "21.0.2");
    Path withoutCompiler = jdk(home.resolve(".jdks/jre"), "25");
    Files.delete(withoutCompiler.resolve("bin/javac"));

    Result run = source("build", NO_SYSTEM_JDKS + "require_jdk");

    assertThat(run.status()).isEqualTo(69);
    assertThat(run.errors())
        .contains("JDK 25 or newer is needed")
        .contains("apt-get install temurin-25-jdk")
        .contains("brew install --cask temurin@25")
        .contains("https://adoptium.net/");
  }

  @ParameterizedTest
  @CsvSource({
    "brew, To install: brew install maven jq shellcheck",
    "dnf, To install: dnf install maven jq ShellCheck",
    "pacman, https://maven.apache.org/download.cgi"
  })
  void namesAllMissingToolsAtOnce(String manager, String command) throws IOException {
    program(manager, "echo must not run; exit 1");

    Result run = source("build", "require_tools maven jq shellcheck sed");

    assertThat(run.status()).isEqualTo(69);
    assertThat(run.errors())
        .contains("Maven 3.8.6 or newer, which builds", "jq, which", "shellcheck, which", command)
        .doesNotContain("must not run", "sed", "newer, which writes");
  }

  @Test
  void installsNothingAsNormalUser() throws IOException {
    Files.delete(programs.resolve("id"));
    program("id", "echo 1000");
    program("apt-get", "echo must not run; exit 1");

    Result run = source("build", "require_tools jq python");

    assertThat(run.status()).isEqualTo(69);
    assertThat(run.errors())
        .contains("To install: apt-get install jq python3 python3-venv")
        .doesNotContain("must not run");
  }

  @Test
  void installsAsRootOnDebianWhatIsNewEnoughThereAndNamesTheRest() throws IOException {
    program("id", "echo 0");
    program("apt-get", "exit 0");
    program("apt-cache", "[ $2 = nodejs ] && echo '  Candidate: 18.20' || echo '  Candidate: 3:9'");
    program("dpkg", "[ \"${2%%.*}\" -ge \"$4\" ]");
    // As apt-get would, into a folder of this test's.
    program("chmod", "exec '%s' \"$@\"".formatted(find("chmod")));
    String install =
        "apt_install() { for each; do echo '#!/bin/sh' >$PATH/$each; chmod 755 $PATH/$each; done; }";

    Result run = source("build", install + "; require_tools jq node npm sed");

    assertThat(run.status()).isEqualTo(69);
    assertThat(run.errors())
        .contains("apt-get install jq", "Node.js 20 or newer", "npm, which")
        .doesNotContain("jq, which");
    assertThat(programs.resolve("nodejs")).doesNotExist();
    assertThat(programs.resolve("npm")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "3.8.6, 3.8.6, true",
    "3.10, 3.8.6, true",
    "3.6.3, 3.8.6, false",
    "20.20.2, 20, true",
    "9, 20, false",
    "'', 20, false"
  })
  void comparesVersionsAsNumbers(String version, String oldest, boolean enough) {
    Result run = source("build", "at_least '%s' %s".formatted(version, oldest));

    assertThat(run.status() == 0).isEqualTo(enough);
  }

  @ParameterizedTest
  @CsvSource({
    "\\033[0mApache Maven 3.8.7\\nJava version: 25.0.1, 3.8.7",
    "v20.20.2, 20.20.2",
    "aws-cli/2.31.0 Python/3.13.7, 2.31.0",
    "none, ''"
  })
  void readsVersionsInWhateverStandsAroundThem(String printed, String version) throws IOException {
    program("tool", "printf '%s\n'".formatted(printed));

    assertThat(source("build", "version_of tool || true").output()).isEqualTo(version);
  }

  @ParameterizedTest
  @CsvSource({
    "cfn-lint 1.51.0, true",
    "cfn-lint 1.60, true",
    "cfn-lint 1.9.7, false",
    "cfn-lint 0.87.1, false",
    "'', false"
  })
  void wantsALinterThatKnowsTheRuntimes(String version, boolean enough) throws IOException {
    program("cfn-lint", "echo '%s'".formatted(version));

    assertThat(source("build", "tool_is_there cfn-lint").status() == 0).isEqualTo(enough);
  }

  @ParameterizedTest
  @CsvSource({"Linux, x86_64, true", "Linux, aarch64, false", "Darwin, x86_64, false"})
  void knowsWhereThePackagedFunctionsRun(String system, String machine, boolean runs)
      throws IOException {
    machineIs(system, machine);

    assertThat(source("build", "functions_run_here").status() == 0).isEqualTo(runs);
  }

  @Test
  void refusesTheSandboxWhereItCannotRunBeforeAnythingElse() throws IOException {
    machineIs("Darwin", "arm64");

    Result run = run("sandbox", "--once");

    assertThat(run.status()).isEqualTo(69);
    assertThat(run.errors()).contains("Linux on x86_64 only", "this is Darwin on arm64");
  }

  @Test
  void saysWhichTestsCannotRunAndGoesOn() throws IOException {
    machineIs("Darwin", "arm64");

    Result run = run("test", "-DskipITs");

    assertThat(run.status()).isEqualTo(69);
    assertThat(run.errors())
        .contains("this is Darwin on arm64. -DskipITs leaves them out")
        .contains("Maven 3.8.6 or newer");
  }

  private void machineIs(String system, String machine) throws IOException {
    program("uname", "[ \"$1\" = -m ] && echo " + machine + " || echo " + system);
  }

  /** One of the scripts, on a machine that has a JDK but no more. */
  private Result run(String script, String option) throws IOException {
    environment.put("JAVA_HOME", jdk(folder.resolve("jdk"), "25").toString());
    return bash(Repository.script(script).toString(), option);
  }

  @Test
  void installsPinnedLinterForTheTestsWhereThereIsNone() throws IOException {
    for (String name : List.of("rm", "cp", "chmod")) {
      program(name, "exec '%s' \"$@\"".formatted(find(name)));
    }
    Path versions = folder.resolve("scripts/lib/python-tools.txt");
    // Makes a virtual environment with itself in it, and installs a linter that it is asked for.
    program(
        "python3",
        """
        case "$*" in
          '-m venv '*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
          '-m pip '*)
            echo "$*" >>"$HOME/pip"
            printf '#!%s\\n' "$0" >"${0%/*}/cfn-lint" && chmod +x "${0%/*}/cfn-lint" ;;
          */cfn-lint' --version') echo 'cfn-lint 1.51.0' ;;
        esac""");
    String requirement = "require_tools cfn-lint; command -v cfn-lint";

    Result first = source("build", requirement);
    Result second = source("build", requirement);

    assertThat(first.status()).as(first.errors()).isZero();
    assertThat(first.output())
        .isEqualTo(folder.resolve("target/tools/moto/bin/cfn-lint") + "\n")
        .isEqualTo(second.output());
    assertThat(Files.readAllLines(home.resolve("pip")))
        .as("once, and at the version that is pinned")
        .singleElement()
        .asString()
        .contains("-c " + versions)
        .endsWith(" cfn-lint");
    assertThat(Files.readString(versions)).containsPattern("(?m)^cfn-lint==1\\.[0-9.]+$");
  }

  @Test
  void passesTheShimsOfPyenvBy() throws IOException {
    Path shims = Files.createDirectories(folder.resolve("shims"));
    Path real = Files.createDirectories(folder.resolve("versions/3.14/bin"));
    executable(shims.resolve("aws"), "exit 1");
    executable(real.resolve("aws"), "exit 0");
    environment.put("PATH", shims + ":" + programs);
    String call = "put_pyenv_programs_first; command -v aws";

    Result withoutPyenv = source("build", call);
    program("pyenv", "[ \"$*\" = 'which aws' ] && echo '" + real.resolve("aws") + "'");
    Result withPyenv = source("build", call);

    assertThat(withoutPyenv.output()).isEqualTo(shims.resolve("aws") + "\n");
    assertThat(withPyenv.output()).isEqualTo(real.resolve("aws") + "\n");
  }

  @Test
  void asksTheAwsCliForItsVersionOnce() throws IOException {
    program("aws", "echo \"$*\" >>\"$HOME/calls\"; echo aws-cli/2.31.0");
    program("jq", "exit 0");
    environment.put("AWS_ENDPOINT_URL", "http://localhost:1");

    Result run = source("client", "require_client");

    assertThat(run).isEqualTo(new Result(0, "", ""));
    assertThat(home.resolve("calls")).hasContent("--version\n");
  }

  @Test
  void buildsWhatIsOlderThanItsSources() throws IOException {
    Instant past = Instant.parse("2026-01-01T00:00:00Z");
    for (String file :
        List.of(
            "pom.xml",
            "function/standins/pom.xml",
            "function/shrink/pom.xml",
            "function/pom.xml",
            "infra/pom.xml",
            "scripts/local/pom.xml",
            "function/standins/src/A.java",
            "function/shrink/src/A.java",
            "function/src/A.java",
            "infra/src/B.java",
            "scripts/local/src/B.java",
            "function/target/function.zip",
            "scripts/local/target/sandbox.classpath")) {
      touch(folder.resolve(file), past);
    }
    Path classPath = folder.resolve("scripts/local/target/sandbox.classpath");
    Files.writeString(classPath, folder.resolve("function/target/function.jar").toString());
    Files.setLastModifiedTime(classPath, FileTime.from(past));
    for (String sources :
        List.of(
            "function/standins/src",
            "function/shrink/src",
            "function/src",
            "infra/src",
            "scripts/local/src")) {
      Files.setLastModifiedTime(folder.resolve(sources), FileTime.from(past));
    }

    assertThat(stale()).isFalse();
    touch(folder.resolve("infra/src/B.java"), past.plusSeconds(60));
    assertThat(stale()).isTrue();
    touch(folder.resolve("infra/src/B.java"), past);
    assertThat(stale()).isFalse();
    Files.delete(folder.resolve("function/src/A.java"));
    assertThat(stale()).isTrue();
    Files.setLastModifiedTime(folder.resolve("function/src"), FileTime.from(past));
    assertThat(stale()).isFalse();
    Files.writeString(classPath, "/where/the/clone/was/function/target/function.jar");
    assertThat(stale()).as("a clone that was moved").isTrue();
    Files.writeString(classPath, folder.resolve("function/target/function.jar").toString());
    Files.delete(folder.resolve("function/target/function.zip"));
    assertThat(stale()).isTrue();
  }

  private boolean stale() {
    return source("build", "is_stale").status() == 0;
  }

  /** A command of one of the files that scripts source, on this machine. */
  private Result source(String file, String command) {
    Path sourced = folder.resolve("scripts/lib").resolve(file + ".sh");
    return bash("-c", "set -Eeuo pipefail; . '%s'; %s".formatted(sourced, command));
  }

  private Result bash(String... arguments) {
    List<String> words = new ArrayList<>(List.of(find("bash").toString()));
    words.addAll(List.of(arguments));
    return new Command(words, environment).run();
  }

  private static Path jdk(Path home, String version) throws IOException {
    Files.createDirectories(home.resolve("bin"));
    executable(home.resolve("bin/java"), "exit 1");
    executable(home.resolve("bin/javac"), "exit 1");
    Files.writeString(
        home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
    return home;
  }

  private void program(String name, String body) throws IOException {
    executable(programs.resolve(name), body);
  }

  private static void executable(Path file, String body) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + body + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static void touch(Path file, Instant time) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "");
    Files.setLastModifiedTime(file, FileTime.from(time));
  }

  private static Path find(String program) {
    return Stream.of(System.getenv("PATH").split(":"))
        .map(each -> Path.of(each, program))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow();
  }
}
