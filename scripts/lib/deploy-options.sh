# shellcheck shell=bash disable=SC2034 # what is set here, scripts/deploy reads
# What scripts/deploy makes of its arguments: these set its variables name, mail and options.
# Needs console.sh and name.sh.

take_context() {
  refuse_bad_context "$1"
  case $1 in
    name=*) name=$(good_name "${1#*=}") ;;
    alarmEmail=?*) mail=yes; options+=(-c "$1") ;;
    *) options+=(-c "$1") ;;
  esac
}

# An option of cdk deploy with its value.
take_value() {
  case $1 in
    --method | -m)
      case $2 in
        direct | change-set) ;;
        *) refuse_usage "$1 is direct or change-set here; what deploys nothing, cdk deploy in infra/ does." ;;
      esac ;;
    # The CDK works in another folder than the one that this is typed in.
    --outputs-file | -O) case $2 in /*) ;; *) set -- "$1" "$PWD/$2" ;; esac ;;
  esac
  options+=("$1" "$2")
}

# What the CDK does not know it passes over, and then it deploys something else than was meant.
refuse_stranger() {
  case $1 in
    -c?*) refuse_usage 'there is no space after -c; write: -c KEY=VALUE' ;;
  esac
  if [[ $1 =~ ^[A-Za-z]{1,20}= ]]; then
    refuse_usage "${1%%=*}=… needs -c in front of it: -c ${1%%=*}=…"
  fi
  refuse_option "$1"
}
