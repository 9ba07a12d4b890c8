# shellcheck shell=bash
# What every script has: the repository's folder, its arguments' checks, what it says on standard
# error, and the statuses that it ends with (sysexits.h): 1 not well, 64 wrong usage, 69 something is
# missing that it needs.

ROOT=$(cd -- "${BASH_SOURCE[0]%/*}/../.." && pwd -P)

say() {
  printf '%s\n' "$*" >&2
}

fail() {
  local status=$1
  shift
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit "$status"
}

refuse_usage() {
  fail 64 "$*
See: scripts/${0##*/} --help"
}

# refuse_option ARGUMENT [HINT]
refuse_option() {
  # What is not even an option may be a piece of a key that fell apart, so it is not repeated.
  case ${1%%=*} in
    --*[!a-z-]* | -[!-]?* | [!-]* | '') refuse_usage 'there is an argument that does not belong here.' ;;
    *) refuse_usage "there is no option ${1%%=*}.${2:+ $2}" ;;
  esac
}

# Refuses the option that comes first among the arguments unless a value follows it.
need_value() {
  [ -n "${2:-}" ] || refuse_usage "$1 needs a value."
}

# refuse_unlisted KIND NAME: refuses a name that is not the first word of a line in lib/KINDs.txt.
refuse_unlisted() {
  local name names=''
  while read -r name _; do
    [ "$name" != "$2" ] || return 0
    names="$names${names:+, }$name"
  done <"$ROOT/scripts/lib/$1s.txt"
  refuse_usage "there is no $1 '$2'; the $1s are: $names."
}

tick() {
  local start=$SECONDS
  while sleep 1 && kill -0 $$ 2>/dev/null; do
    printf '\r  %s … %s s' "$1" $((SECONDS - start)) >&2
  done
}

stop_ticking() {
  if [ -n "${TICKER:-}" ]; then
    kill "$TICKER" 2>/dev/null || true
    wait "$TICKER" 2>/dev/null || true
    TICKER=''
    printf '\r\033[K' >&2
  fi
}

# run_step TITLE LOG COMMAND…: a line with its seconds, its output only if it fails.
run_step() {
  local title=$1 log=$2 start=$SECONDS status=0
  shift 2
  mkdir -p "$(dirname "$log")"
  TICKER=''
  trap stop_ticking EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  if [ -t 2 ]; then
    tick "$title" &
    TICKER=$!
  else
    say "  $title …"
  fi
  "$@" >"$log" 2>&1 </dev/null || status=$?
  stop_ticking
  trap - EXIT INT TERM
  if [ "$status" -ne 0 ]; then
    cat "$log" >&2
    fail 1 "$title failed with status $status; its output is also in $log"
  fi
  say "  $title: $((SECONDS - start)) s"
}

# Ends the script unless somebody at the terminal says yes.
confirm() {
  local answer=''
  [ -t 0 ] || refuse_usage 'there is no terminal to ask at. To go on without being asked: --force'
  printf '%s [y/N] ' "$1" >&2
  read -r answer || say ''
  case $answer in
    y | Y | yes | Yes | YES) ;;
    *) fail 1 'not destroyed.' ;;
  esac
}
