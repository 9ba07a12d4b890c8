# shellcheck shell=bash
# What a script says about itself, on standard error, and the statuses it ends with (sysexits.h):
# 1 not well, 64 used wrongly, 69 something is missing that it needs.

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

refuse_option() {
  # What is not even an option may be a piece of a key that fell apart, so it is not repeated.
  case ${1%%=*} in
    --*[!a-z-]* | -[!-]?* | [!-]* | '') refuse_usage 'there is an argument that does not belong here.' ;;
    *) refuse_usage "there is no option ${1%%=*}." ;;
  esac
}

# The value of the option that comes first among the arguments.
value_of() {
  [ -n "${2:-}" ] || refuse_usage "$1 needs a value."
  printf '%s' "$2"
}

colours_wanted() {
  [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]
}

# The columns of the terminal that the script was started in.
terminal_columns() {
  local size
  size=$(stty size 2>/dev/null </dev/tty || true)
  size=${size#* }
  [ "${size:-0}" -gt 0 ] || size=80
  printf '%s' "$size"
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

# Runs a step that takes long: a line with its seconds, its output only if it fails.
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
