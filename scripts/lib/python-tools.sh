# shellcheck shell=bash
# moto, the AWS CLI and cfn-lint, in a virtual environment where the machine has none that will do.
# Needs console.sh, tools.sh, packages.sh and install.sh.

python_tools() {
  printf '%s/target/tools/moto' "$ROOT"
}

python_versions() {
  printf '%s/scripts/lib/python-tools.txt' "$ROOT"
}

program_of() {
  case $1 in
    moto) printf 'moto_server' ;;
    *) printf '%s' "$1" ;;
  esac
}

package_on_index() {
  case $1 in
    moto) printf 'moto[server]' ;;
    aws) printf 'awscli' ;;
    *) printf '%s' "$1" ;;
  esac
}

# Whether they are complete, as pinned, and in the folder that they were installed into.
python_tools_are_there() {
  local tool program
  cmp -s "$(python_versions)" "$(python_tools)/complete" || return 1
  for tool in "$@"; do
    program=$(python_tools)/bin/$(program_of "$tool")
    [ -x "$program" ] && [ "$(sed -n '1s/^#!//p' "$program")" = "$(python_tools)/bin/python" ] \
      || return 1
  done
  "$(python_tools)/bin/python" -c '' 2>/dev/null
}

put_python_tools_first() {
  PATH=$(python_tools)/bin:$PATH
  export PATH
  hash -r
}

install_python_tools() {
  local tool packages=() log=$ROOT/target/install.log
  for tool in "$@"; do
    packages+=("$(package_on_index "$tool")")
  done
  say "  Installing into target/tools/moto, because it is missing or too old: $*"
  if ! python_tools_are_there; then
    rm -rf "$(python_tools)"
    run_step 'Making a virtual environment' "$log" "$(find_python)" -m venv "$(python_tools)"
  fi
  rm -f "$(python_tools)/complete"
  (run_step "pip install ${packages[*]}" "$log" "$(python_tools)/bin/python" -m pip install --quiet \
    --disable-pip-version-check -c "$(python_versions)" "${packages[@]}") \
    || fail 69 "pip could not install $*. Put moto 5 or newer (with its server) and an AWS CLI (1.29 or
newer, or 2.13 or newer) on PATH by other means; for the tests also cfn-lint 1.51 or newer:
  python3 -m pip install 'moto[server]' awscli cfn-lint"
  # Last: what was interrupted is not taken for complete.
  cp "$(python_versions)" "$(python_tools)/complete"
}

# Prints python if one is needed to install any of these: moto, aws, cfn-lint.
python_if_needed() {
  local tool
  for tool in "$@"; do
    if ! tool_is_there "$tool" && ! python_tools_are_there "$tool"; then
      printf 'python'
      return
    fi
  done
}

# Sees to it that these are on PATH: moto, aws, cfn-lint. Whoever calls it has required
# python_if_needed.
require_python_tools() {
  local tool missing=()
  for tool in "$@"; do
    tool_is_there "$tool" || missing+=("$tool")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  python_tools_are_there "${missing[@]}" || install_python_tools "${missing[@]}"
  put_python_tools_first
  for tool in "${missing[@]}"; do
    tool_is_there "$tool" || fail 69 "$tool in target/tools/moto does not work; delete that folder."
  done
}

# pyenv puts a shell script before each of its programs, which looks for the program anew each time
# that it runs. The tests run thousands.
put_pyenv_programs_first() {
  local program
  case $(command -v aws) in
    */shims/aws)
      if program=$(pyenv which aws 2>/dev/null); then
        PATH=${program%/*}:$PATH
        hash -r
      fi ;;
  esac
}
