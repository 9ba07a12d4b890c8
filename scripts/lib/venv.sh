# shellcheck shell=bash
# moto, the AWS CLI and cfn-lint in a virtual environment below target/, where the machine has none
# that serve. Needs console.sh and tools.sh.

VENV=$ROOT/target/tools/moto
PINS=$ROOT/scripts/lib/python-tools.txt

# What the virtual environment is complete with: the folder that it was made in, and the versions.
venv_stamp() {
  printf '%s\n' "$VENV"
  cat "$PINS"
}

venv_is_whole() {
  [ "$(cat "$VENV/complete" 2>/dev/null)" = "$(venv_stamp)" ] && "$VENV/bin/python" -c '' 2>/dev/null
}

# venv_has PROGRAM…
venv_has() {
  local program
  for program in "$@"; do
    [ -x "$VENV/bin/${program/#moto/moto_server}" ] || return 1
  done
  venv_is_whole
}

put_first() {
  PATH=$1:$PATH
  export PATH
  hash -r
}

install_into_venv() {
  local log=$ROOT/target/install.log packages=("${@/#aws/awscli}")
  packages=("${packages[@]/#moto/moto[server]}")
  if ! venv_is_whole; then
    rm -rf "$VENV"
    run_step 'Making a virtual environment' "$log" "$(find_python)" -m venv "$VENV"
  fi
  rm -f "$VENV/complete"
  (run_step "pip install ${packages[*]} into target/tools/moto" "$log" "$VENV/bin/python" -m pip install \
    --quiet --disable-pip-version-check -c "$PINS" "${packages[@]}") \
    || fail 69 "pip could not install $*. Put them on PATH by other means: moto 5 or newer with its server,
an AWS CLI 1.29 or newer, or 2.13 or newer; for the tests also cfn-lint 1.51 or newer:
  python3 -m pip install 'moto[server]' awscli cfn-lint"
  # Last: what was interrupted is not taken for complete.
  venv_stamp >"$VENV/complete"
}

# pyenv puts a shell script before each of its programs, which looks for the program anew each time
# that it runs. Tests run thousands.
put_pyenv_programs_first() {
  local program
  if [[ $(command -v aws) == */shims/aws ]] && program=$(pyenv which aws 2>/dev/null); then
    put_first "${program%/*}"
  fi
}
