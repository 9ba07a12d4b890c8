# shellcheck shell=bash
# What the scripts share that build: the tools, what is older than its sources, Java.

# shellcheck source-path=SCRIPTDIR source=console.sh
. "${BASH_SOURCE[0]%/*}/console.sh"
# shellcheck source-path=SCRIPTDIR source=jdk.sh
. "$ROOT/scripts/lib/jdk.sh"
# shellcheck source-path=SCRIPTDIR source=tools.sh
. "$ROOT/scripts/lib/tools.sh"
# shellcheck source-path=SCRIPTDIR source=venv.sh
. "$ROOT/scripts/lib/venv.sh"
# shellcheck source-path=SCRIPTDIR source=install.sh
. "$ROOT/scripts/lib/install.sh"

# Whether packaged functions run here: AWS's runtime client brings libraries for this alone.
functions_run_here() {
  [ "$(uname -s)/$(uname -m)" = Linux/x86_64 ]
}

require_machine() {
  functions_run_here || fail 69 "this runs on Linux on x86_64 only, as AWS's runtime client for Lambda
functions in Java does; this is $(uname -s) on $(uname -m)."
}

# install_npm FOLDER WHAT [OPTION]…: what a folder's package-lock.json pins.
install_npm() {
  local folder=$ROOT/$1
  if [ ! -e "$folder/node_modules/.package-lock.json" ] \
    || [ "$folder/package-lock.json" -nt "$folder/node_modules/.package-lock.json" ]; then
    run_step "Installing $2 (npm ci)" "$ROOT/target/npm-ci.log" \
      npm ci --prefix "$folder" --no-audit --no-fund "${@:3}"
  fi
}

install_cdk() { install_npm infra 'the CDK command line'; }

# For tests and the sandbox; its licence is AGPL-3.0, and nothing that is shipped contains it.
install_iam() { install_npm function/standins/iam 'what judges IAM policies' --omit=dev; }

# prepare TOOL…: sees to what all builds need, and to these tools.
prepare() {
  require_jdk
  require_tools maven node npm aws "$@"
  put_pyenv_programs_first
  install_cdk
}

# What is built last.
readonly OUTPUTS='function/target/function.zip scripts/local/target/sandbox.classpath'

# Whether a source is newer than what is built from it. Folders count: their time tells of files
# that are gone.
is_stale() (
  cd "$ROOT" || exit
  set -- pom.xml {function/standins,function/shrink,function,infra,scripts/local}/{pom.xml,src}
  for output in $OUTPUTS; do
    if [ ! -e "$output" ] || [ -n "$(find "$@" -newer "$output")" ]; then return 0; fi
  done
  # A clone that was moved or copied: the class path names what lies in the old place.
  ! grep -qF "$ROOT/function/target/" scripts/local/target/sandbox.classpath
)

run_maven() (
  cd "$ROOT" || exit
  mvn -B -q -ntp -DskipTests package
)

build() {
  local output started=$ROOT/target/build-started
  is_stale || return 0
  mkdir -p "$ROOT/target"
  touch "$started"
  run_step 'Building (the first time downloads for minutes)' "$ROOT/target/sandbox-build.log" run_maven
  for output in $OUTPUTS; do
    # A source that was changed meanwhile is newer still, and built the next time.
    touch -c -r "$started" "$ROOT/$output"
  done
  rm -f "$started"
}

# run_java [OPTION]… CLASS [ARGUMENT]…: a command of scripts/local. No shell in between: what ends
# this script, such as Ctrl-C, reaches Java itself, once.
run_java() {
  local module=$ROOT/scripts/local/target
  exec "$JAVA_HOME/bin/java" -XX:+UseSerialGC -Dstdout.encoding=UTF-8 -Dstderr.encoding=UTF-8 \
    -cp "$module/classes:$(cat "$module/sandbox.classpath")" "$@"
}
