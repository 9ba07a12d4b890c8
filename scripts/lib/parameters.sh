# shellcheck shell=bash
# What a bastion wrote into Parameter Store at run time, which outlives its stack. Values are never
# read: there are private keys among them. Needs client.sh.
# shellcheck disable=SC2153 # connect, in client.sh, sets NAME

# The hyphens and the slash at its end make it nobody else's: not that of ab for a.
parameter_path() {
  printf '/dbt-bastion/%s/' "$NAME"
}

# Puts the names of all pages, or of none, into $WORK/parameters, one a line.
list_parameters() {
  local path
  path=$(parameter_path)
  ask_aws ssm describe-parameters --parameter-filters \
    "Key=Path,Option=Recursive,Values=${path%/}" >"$WORK/listing" \
    || fail $? "what is left below $path cannot be listed. Nothing there was touched."
  # Whatever the service answers, nothing outside the path is ever named or removed.
  jq -r --arg path "$path" '.Parameters[].Name | select(startswith($path))' "$WORK/listing" \
    | LC_ALL=C sort >"$WORK/parameters"
}

describe_parameters() {
  local path name
  path=$(parameter_path)
  while IFS= read -r name; do
    case ${name#"$path"} in
      authorized-keys/*) say "  $name  a registered key" ;;
      host-keys/*.pub) say "  $name  a host key, the public half" ;;
      host-keys/*) say "  $name  a host key" ;;
      check-key) say "  $name  the check's key" ;;
      last-seen/*) say "  $name  when a key was last seen" ;;
      *) say "  $name" ;;
    esac
  done <"$WORK/parameters"
}

# Removes all that $WORK/parameters names, ten at a time, as many as one call takes.
remove_parameters() {
  local path batch left=$WORK/parameters status=0 count name
  path=$(parameter_path)
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
      describe_parameters
      exit "$status"
    fi
    sed 1,10d "$left" >"$left.rest"
    mv "$left.rest" "$left"
  done
  say "Removed from Parameter Store: all $count parameters below $path."
}

show_kept() {
  local option=''
  if [ ! -s "$WORK/parameters" ]; then
    say "Nothing is left below $(parameter_path) in Parameter Store."
    return
  fi
  [ "$NAME" = default ] || option=" --name $NAME"
  say "
Kept in Parameter Store; a bastion that is deployed again under this name goes on with them:"
  describe_parameters
  say "
To remove them too:
  scripts/destroy$option --remove-keys"
}
