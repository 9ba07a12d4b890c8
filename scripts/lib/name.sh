# shellcheck shell=bash
# Which bastion is meant, and what else stands in infra/cdk.json. Needs console.sh and jq.

# good_name NAME [WHERE-IT-STANDS]: prints a bastion's name as it was typed, or refuses it.
good_name() {
  [[ $1 =~ ^[a-z][a-z0-9-]{0,30}$ ]] || refuse_usage "${2:+$2: }a name is a lower-case letter, then up to 30
lower-case letters, digits and hyphens."
  printf '%s' "$1"
}

# Refuses what follows -c, the first argument, unless it is KEY=VALUE: the CDK would pass over it.
need_context() {
  need_value "$@"
  [[ $2 == [!=]*=* ]] || refuse_usage "-c takes KEY=VALUE, and there is no KEY= in: $2"
}

# The value of a key under context in infra/cdk.json; nothing if it is not there.
context_of() {
  local file=$ROOT/infra/cdk.json
  [ -e "$file" ] || return 0
  jq -r --arg key "$1" '.context[$key] // empty | if type == "array" then join(",") else tostring end' \
    "$file" || fail 64 'infra/cdk.json cannot be read.'
}

# bastion_name TYPED: the bastion that is meant; if none was typed, DBT_BASTION_NAME, or else name in
# infra/cdk.json, or else: default.
bastion_name() {
  local name
  if [ -n "$1" ]; then
    good_name "$1"
  elif [ -n "${DBT_BASTION_NAME:-}" ]; then
    good_name "$DBT_BASTION_NAME" DBT_BASTION_NAME
  else
    name=$(context_of name) || exit
    good_name "${name:-default}" 'name in infra/cdk.json'
  fi
}
