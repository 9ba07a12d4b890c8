# shellcheck shell=bash
# Getting tools that are missing: as root on Debian or Ubuntu by apt-get; moto, the AWS CLI and
# cfn-lint everywhere, below target/. All others are named. Needs console.sh, tools.sh and venv.sh.

# Ends with a list of all of these tools that are missing, if any is.
name_missing_tools() {
  local tool list='' install=''
  for tool in "$@"; do
    if ! tool_is_there "$tool"; then
      describe_tool "$tool"
      [ "$OLDEST" = 0 ] || PURPOSE="${PURPOSE%%,*} $OLDEST or newer,${PURPOSE#*,}"
      list="$list
  $PURPOSE"
      install="$install${PACKAGES:+ $PACKAGES}"
    fi
  done
  [ -z "$list" ] || fail 69 "this is missing, or too old:$list${install:+
To install: $(package_manager) install$install}"
}

may_install() {
  [ "$(package_manager)" = apt-get ] && [ "$(id -u)" = 0 ]
}

# Whether apt-get would bring a version that is new enough.
apt_offers() {
  local candidate
  # Debian's npm brings Debian's Node.js; a newer one has an npm of its own.
  if [ "$1" = npm ] && ! tool_is_there node && ! apt_offers node; then
    return 1
  fi
  describe_tool "$1"
  candidate=$(apt-cache policy "${PACKAGES%% *}" | sed -n 's/^ *Candidate: //p')
  [ "${candidate:-(none)}" != '(none)' ] && dpkg --compare-versions "${candidate#*:}" ge "$OLDEST"
}

# Installs packages and starts none of their services, now or at the next boot.
apt_install() {
  local policy=/usr/sbin/policy-rc.d ours=no status=0
  if [ ! -e "$policy" ]; then
    ours=yes
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends "$@" || status=$?
  [ "$ours" = no ] || rm -f "$policy"
  # Without systemd nothing starts it at the next boot either.
  if [ "$status" = 0 ] && [ -d /run/systemd/system ] && [[ " $* " == *' openssh-server '* ]]; then
    systemctl disable ssh.service ssh.socket || status=$?
  fi
  return "$status"
}

# What cannot be installed, without a network for example, is named afterwards.
install_packages() {
  local tool wanted='' log=$ROOT/target/install.log
  (run_step 'apt-get update' "$log" apt-get update) || return 0
  for tool in "$@"; do
    if apt_offers "$tool"; then
      describe_tool "$tool"
      wanted="$wanted $PACKAGES"
    fi
  done
  # shellcheck disable=SC2086 # one word a package
  [ -z "$wanted" ] || (run_step "apt-get install$wanted" "$log" apt_install $wanted) || true
  hash -r
}

# require_tools TOOL…: sees to it that all are there.
require_tools() {
  local tool missing=() python=()
  for tool in "$@"; do
    if ! tool_is_there "$tool"; then
      case $tool in
        aws | cfn-lint | moto) python+=("$tool") ;;
        *) missing+=("$tool") ;;
      esac
    fi
  done
  if [ ${#python[@]} -gt 0 ] && ! venv_has "${python[@]}" && ! tool_is_there python; then
    missing+=(python)
  fi
  if [ ${#missing[@]} -gt 0 ]; then
    if may_install; then install_packages "${missing[@]}"; fi
    name_missing_tools "${missing[@]}"
  fi
  [ ${#python[@]} -gt 0 ] || return 0
  venv_has "${python[@]}" || install_into_venv "${python[@]}"
  put_first "$VENV/bin"
  for tool in "${python[@]}"; do
    tool_is_there "$tool" || fail 69 "$tool in target/tools/moto does not work; delete that folder."
  done
}
