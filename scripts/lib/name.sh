# shellcheck shell=bash
# Which bastion is meant, and what else stands in infra/cdk.json. Needs console.sh and jq.

# Prints a bastion's name as it was typed, or refuses it: good_name NAME [WHERE-IT-STANDS]
good_name() {
  [[ $1 =~ ^[a-z][a-z0-9-]{0,30}$ ]] || refuse_usage "${2:+$2: }a name is a lower-case letter, then up to 30
lower-case letters, digits and hyphens."
  printf '%s' "$1"
}

# The name that follows the option that comes first among the arguments.
name_after() {
  value_of "$@" >/dev/null
  good_name "$2"
}

# Refuses what follows -c and is no KEY=VALUE: the CDK would pass over it.
refuse_bad_context() {
  case $1 in
    [!=]*=*) ;;
    *) refuse_usage "-c takes KEY=VALUE, and there is no KEY= in: $1" ;;
  esac
}

# The value of a key under context in infra/cdk.json; nothing if it is not there.
context_of() {
  local file=$ROOT/infra/cdk.json
  [ -e "$file" ] || return 0
  jq -r --arg key "$1" '.context[$key] // empty | if type == "array" then join(",") else tostring end' \
    "$file" || fail 64 'infra/cdk.json cannot be read.'
}

# The bastion that is meant: the typed one, which is empty if none was, or else DBT_BASTION_NAME,
# name in infra/cdk.json, default.
bastion_name() {
  local name
  if [ -n "$1" ]; then
    printf '%s' "$1"
  elif [ -n "${DBT_BASTION_NAME:-}" ]; then
    good_name "$DBT_BASTION_NAME" DBT_BASTION_NAME
  else
    name=$(context_of name) || exit
    good_name "${name:-default}" 'name in infra/cdk.json'
  fi
}
