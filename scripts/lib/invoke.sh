# shellcheck shell=bash
# Invoking a deployed function, and what its answer means for the exit status.
# Needs console.sh, tools.sh and python-tools.sh.

# What is missing is only named: these scripts should not change the machine.
require_client() {
  # Asked once: in a sandbox it is the CLI that answers, which takes half a second to start.
  if tool_is_there aws-client; then
    name_missing_tools jq
    return
  fi
  # The sandbox may have brought an AWS CLI for itself.
  if python_tools_are_there aws; then
    put_python_tools_first
  fi
  name_missing_tools jq aws-client
}

make_work_folder() {
  WORK=$(mktemp -d "${TMPDIR:-/tmp}/dbt-bastion.XXXXXX")
  trap 'rm -rf "$WORK"' EXIT
}

explain_aws_error() {
  local function=$1 error=$2
  case $error in
    *ResourceNotFoundException*) say "There is no function $function in this account and region. Is the name right (--name,
DBT_BASTION_NAME or infra/cdk.json), and the region (AWS_REGION is ${AWS_REGION:-${AWS_DEFAULT_REGION:-not set}})? scripts/deploy makes it." ;;
    *'Could not connect to the endpoint'* | *'Connect timeout'*)
      if [ -n "${AWS_ENDPOINT_URL_LAMBDA:-${AWS_ENDPOINT_URL:-}}" ]; then
        say 'The environment points at a sandbox. Is it still running? If not, open a new shell.'
      fi ;;
    *'Unable to locate credentials'* | *ExpiredToken* | *'Token has expired'* | *UnrecognizedClient*)
      say 'Log in to AWS (aws sso login, or aws configure), then see: aws sts get-caller-identity' ;;
    *'specify a region'*) say 'Choose a region, for example: export AWS_REGION=eu-central-1' ;;
    *AccessDenied*) say "Whoever is logged in needs the permission lambda:InvokeFunction on $function." ;;
    *TooManyRequests*) say 'The function is busy. Try again in a moment.' ;;
    *'Read timeout'*) say 'The function may have done it nevertheless.' ;;
  esac
}

# invoke NAME FUNCTION REQUEST-FILE ANSWER-FILE
# Ends the script with the AWS CLI's own status if it fails, and with 1 on a function error.
invoke() {
  local function=dbt-bastion-$1-$2 status=0 error
  # Version 1 of the AWS CLI knows only the older name.
  if [ -n "${AWS_REGION:-}" ]; then export AWS_DEFAULT_REGION=$AWS_REGION; fi
  # Once: what a repetition would do again has perhaps been done. Lambda itself ends after 900 s.
  AWS_PAGER='' AWS_MAX_ATTEMPTS=1 aws lambda invoke --function-name "$function" \
    --payload "fileb://$3" --cli-read-timeout 910 --cli-connect-timeout 10 \
    --output json "$4" >"$WORK/invocation" 2>"$WORK/error" || status=$?
  if [ "$status" -ne 0 ]; then
    error=$(sed '/^$/d' "$WORK/error")
    say "$error"
    explain_aws_error "$function" "$error"
    exit "$status"
  fi
  if jq -e '.FunctionError' "$WORK/invocation" >/dev/null; then
    jq -r -L "$ROOT/scripts/lib" 'include "text"; (.errorMessage // "The function failed.") | clean_lines' \
      "$4" >&2
    exit 1
  fi
}

# show_answer ANSWER-FILE JSON? TABLE: the answer as it is, or the function TABLE of answers.jq.
show_answer() {
  # No columns: in files and pipes, lines stay whole.
  local columns=0 colours=false
  if [ "$2" = yes ]; then
    cat "$1"
    printf '\n'
  else
    if [ -t 1 ]; then columns=$(terminal_columns); fi
    if colours_wanted; then colours=true; fi
    jq -r -L "$ROOT/scripts/lib" --argjson columns "$columns" --argjson colours "$colours" \
      "include \"answers\"; $3(\$columns; \$colours)" "$1"
  fi
  jq -e '.ok == true' "$1" >/dev/null || return 1
}
