# shellcheck shell=bash
# Building what is older than its sources. Needs console.sh.

outputs() {
  printf '%s\n' "$ROOT/function/target/function.zip" "$ROOT/scripts/local/target/sandbox.classpath"
}

sources() {
  local module
  printf '%s\n' pom.xml
  for module in function/standins function infra scripts/local; do
    printf '%s\n' "$module/pom.xml" "$module/src"
  done
}

# Whether a source is newer than what is built from it. Folders count: their time tells of files
# that are gone.
is_stale() {
  local output
  for output in $(cd "$ROOT" && outputs); do
    [ -e "$output" ] || return 0
    # shellcheck disable=SC2046 # a word each
    [ -z "$(cd "$ROOT" && find $(sources) -newer "$output")" ] || return 0
  done
  # A clone that was moved or copied: the class path names what lies in the old place.
  ! grep -qF "$ROOT/function/target/" "$ROOT/scripts/local/target/sandbox.classpath"
}

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
  # A source that was changed meanwhile is newer still, and built the next time.
  while IFS= read -r output; do
    if [ -e "$output" ]; then
      touch -r "$started" "$output"
    fi
  done < <(outputs)
  rm -f "$started"
}

install_cdk() {
  local infra=$ROOT/infra
  if [ ! -e "$infra/node_modules/.package-lock.json" ] \
    || [ "$infra/package-lock.json" -nt "$infra/node_modules/.package-lock.json" ]; then
    run_step 'Installing the CDK command line (npm ci)' "$ROOT/target/npm-ci.log" \
      npm ci --prefix "$infra" --no-audit --no-fund
  fi
}
