# shellcheck shell=bash
# What a bastion wrote into Parameter Store at run time, which outlives its stack. Values are never
# read: there are private keys among them. Needs console.sh and, of invoke.sh, a work folder.

# With the hyphens and the slash at its end it is nobody else's: not that of ab for a.
path_of() {
  printf '/dbt-bastion/%s/' "$1"
}

ask_aws() {
  # Version 1 of the AWS CLI knows only the older name.
  if [ -n "${AWS_REGION:-}" ]; then export AWS_DEFAULT_REGION=$AWS_REGION; fi
  AWS_PAGER='' aws "$@" --output json --cli-connect-timeout 10
}

# list_parameters NAME FILE: their names into the file, one a line, of all pages or of none.
list_parameters() {
  local path
  path=$(path_of "$1")
  ask_aws ssm describe-parameters --parameter-filters \
    "Key=Path,Option=Recursive,Values=${path%/}" >"$WORK/listing" \
    || fail $? "what is left below $path cannot be listed. Nothing there was touched."
  # Whatever the service answers, nothing outside the path is ever named or removed.
  jq -r --arg path "$path" '.Parameters[].Name | select(startswith($path))' "$WORK/listing" \
    | LC_ALL=C sort >"$2"
}

describe_parameters() {
  local path name
  path=$(path_of "$1")
  while IFS= read -r name; do
    case ${name#"$path"} in
      authorized-keys/*) say "  $name  a registered key" ;;
      host-keys/*.pub) say "  $name  a host key, the public half" ;;
      host-keys/*) say "  $name  a host key" ;;
      check-key) say "  $name  the check's key" ;;
      last-seen/*) say "  $name  when a key was last seen" ;;
      *) say "  $name" ;;
    esac
  done <"$2"
}

# remove_parameters NAME FILE: all that the file names, ten at a time, as many as one call takes.
remove_parameters() {
  local path batch=() left=$2 status=0 count name
  path=$(path_of "$1")
  count=$(wc -l <"$left" | tr -d ' ')
  while [ -s "$left" ]; do
    batch=()
    while IFS= read -r name; do
      batch+=("$name")
    done < <(sed 10q "$left")
    # A name that is gone meanwhile is no error of this call.
    ask_aws ssm delete-parameters --names "${batch[@]}" >/dev/null || status=$?
    if [ "$status" -ne 0 ]; then
      say "This is left below $path; the same command again goes on:"
      describe_parameters "$1" "$left"
      exit "$status"
    fi
    sed 1,10d "$left" >"$left.rest"
    mv "$left.rest" "$left"
  done
  say "Removed from Parameter Store: all $count parameters below $path."
}
