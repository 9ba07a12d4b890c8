# shellcheck shell=bash
# Invoking a deployed function, and what its answer means for the exit status. Needs client.sh.

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

# invoke FUNCTION: sends $WORK/request, and puts the answer into $WORK/answer.
# Ends the script with the AWS CLI's own status if it fails, and with 1 on a function error.
invoke() {
  local function=dbt-bastion-$NAME-$1 status=0 error
  # Once: what a repetition would do again has perhaps been done. Lambda itself ends after 900 s.
  AWS_MAX_ATTEMPTS=1 ask_aws lambda invoke --function-name "$function" --payload "fileb://$WORK/request" \
    --cli-read-timeout 910 "$WORK/answer" >"$WORK/invocation" 2>"$WORK/error" || status=$?
  if [ "$status" -ne 0 ]; then
    error=$(sed '/^$/d' "$WORK/error")
    say "$error"
    explain_aws_error "$function" "$error"
    exit "$status"
  fi
  if jq -e '.FunctionError' "$WORK/invocation" >/dev/null; then
    jq -r -L "$ROOT/scripts/lib" 'include "text"; (.errorMessage // "The function failed.") | clean_lines' \
      "$WORK/answer" >&2
    exit 1
  fi
}

# The columns of the terminal that the script was started in.
terminal_columns() {
  local size
  size=$(stty size 2>/dev/null </dev/tty || true)
  size=${size#* }
  [ "${size:-0}" -gt 0 ] || size=80
  printf '%s' "$size"
}

# show_answer JSON? TABLE: the answer as it is, or the function TABLE of answers.jq.
show_answer() {
  # No columns: in files and pipes, lines stay whole.
  local columns=0 colours=false
  if [ "$1" = yes ]; then
    cat "$WORK/answer"
    printf '\n'
  else
    if [ -t 1 ]; then
      columns=$(terminal_columns)
      if [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then colours=true; fi
    fi
    jq -r -L "$ROOT/scripts/lib" --argjson columns "$columns" --argjson colours "$colours" \
      "include \"answers\"; $2(\$columns; \$colours)" "$WORK/answer"
  fi
  jq -e '.ok == true' "$WORK/answer" >/dev/null || return 1
}
