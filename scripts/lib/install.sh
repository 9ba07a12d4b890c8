# shellcheck shell=bash
# Getting what is missing: installed where that is allowed, named where it is not.
# Needs console.sh, tools.sh and packages.sh.

may_install() {
  [ "$(package_manager)" = apt-get ] && [ "$(id -u)" = 0 ]
}

# Whether apt-get would bring a version that is new enough.
apt_offers() {
  local package candidate
  # Debian's npm would drag in Debian's Node.js; the newer ones have an npm of their own.
  if [ "$1" = npm ] && ! tool_is_there node && ! apt_offers node; then
    return 1
  fi
  package=$(package_of apt-get "$1")
  candidate=$(apt-cache policy "${package%% *}" | sed -n 's/^ *Candidate: //p')
  [ -n "$candidate" ] && [ "$candidate" != '(none)' ] \
    && dpkg --compare-versions "${candidate#*:}" ge "$(oldest_version_of "$1")"
}

# Installs packages and starts none of their services, now or at the next boot.
apt_install_quietly() {
  local policy=/usr/sbin/policy-rc.d ours=no status=0
  if [ ! -e "$policy" ]; then
    ours=yes
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends "$@" || status=$?
  [ "$ours" = no ] || rm -f "$policy"
  case "$status $* " in
    '0 '*' openssh-server '* | '0 openssh-server '*)
      # Without systemd nothing starts it at the next boot either.
      [ ! -d /run/systemd/system ] || systemctl disable ssh.service ssh.socket || status=$? ;;
  esac
  return "$status"
}

install_tools() {
  local tool packages=() log=$ROOT/target/install.log
  # Where there is no network, what is missing is named instead.
  (run_step 'apt-get update' "$log" apt-get update) || return 0
  for tool in "$@"; do
    if apt_offers "$tool"; then
      say "  Installing $(package_of apt-get "$tool"): $(tool_purpose "$tool")"
      # shellcheck disable=SC2207 # the packages' names have neither spaces nor wildcards
      packages+=($(package_of apt-get "$tool"))
    fi
  done
  if [ ${#packages[@]} -gt 0 ]; then
    (run_step "apt-get install ${packages[*]}" "$log" apt_install_quietly "${packages[@]}") || true
    hash -r
  fi
}

missing_tools() {
  local tool
  for tool in "$@"; do
    tool_is_there "$tool" || printf '%s\n' "$tool"
  done
}

# Ends with a list of all that is missing, if anything is.
name_missing_tools() {
  local missing tool list=''
  missing=$(missing_tools "$@")
  [ -n "$missing" ] || return 0
  for tool in $missing; do
    list="$list
  $(tool_purpose "$tool"):
      $(advice_for "$tool")"
  done
  fail 69 "this is missing, or too old:$list"
}

# Sees to it that all these tools are there.
require_tools() {
  local missing
  missing=$(missing_tools "$@")
  if [ -n "$missing" ] && may_install; then
    # shellcheck disable=SC2086 # one word a tool
    install_tools $missing
  fi
  [ -z "$missing" ] || name_missing_tools "$@"
}
