# shellcheck shell=bash
# Finding a JDK that is new enough. Needs console.sh.

oldest_jdk() {
  printf '25'
}

# The home of the java on PATH, whatever links and shims lead to it.
jdk_on_path() {
  if command -v java >/dev/null 2>&1; then
    java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p'
  fi
}

system_jdks() {
  printf '%s\n' /usr/lib/jvm/* /opt/java/* /Library/Java/JavaVirtualMachines/*/Contents/Home
  if [ -x /usr/libexec/java_home ]; then
    /usr/libexec/java_home -v "$(oldest_jdk)+" 2>/dev/null || true
  fi
  printf '%s\n' /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    /home/linuxbrew/.linuxbrew/opt/openjdk*/libexec
}

personal_jdks() {
  if [ -n "${HOME:-}" ]; then
    printf '%s\n' "${SDKMAN_DIR:-$HOME/.sdkman}"/candidates/java/* "$HOME"/.jdks/* \
      "$HOME"/Library/Java/JavaVirtualMachines/*/Contents/Home
  fi
}

jdk_candidates() {
  printf '%s\n' "${JAVA_HOME:-}"
  jdk_on_path
  system_jdks
  personal_jdks
}

# The feature release of the JDK in a folder; nothing if there is no compiler in it.
jdk_release() {
  local version=''
  [ -x "$1/bin/javac" ] && [ -x "$1/bin/java" ] || return 0
  if [ -r "$1/release" ]; then
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release")
  fi
  if [ -z "$version" ]; then
    version=$("$1/bin/javac" -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p')
  fi
  printf '%s' "$version"
}

find_jdk() {
  local home release
  while IFS= read -r home; do
    [ -n "$home" ] || continue
    release=$(jdk_release "$home")
    if [ "${release:-0}" -ge "$(oldest_jdk)" ]; then
      printf '%s' "$home"
      return
    fi
  done < <(jdk_candidates)
}

require_jdk() {
  local home
  home=$(find_jdk)
  [ -n "$home" ] || fail 69 "JDK $(oldest_jdk) or newer is needed, and there is none in JAVA_HOME, on PATH or in
the usual folders. Eclipse Temurin $(oldest_jdk) does; install it, or set JAVA_HOME to a JDK that you have:
  Debian, Ubuntu  apt-get install temurin-25-jdk, with the repository of https://adoptium.net/installation/linux
  Fedora, RHEL    dnf install temurin-25-jdk, with the repository of https://adoptium.net/installation/linux
  macOS           brew install --cask temurin@25
  SDKMAN          sdk install java 25-tem
  others          https://adoptium.net/temurin/releases/?version=25"
  export JAVA_HOME=$home
}
