# shellcheck shell=bash
# A bastion's stack in CloudFormation: whether it is there, and its end.
# Needs client.sh.

# stack_status STACK: prints the stack's status, DELETE_COMPLETE if there is none, and puts what else
# is known of it into $WORK/stack. Returns the AWS CLI's status where that does not get an answer.
stack_status() {
  local status=0
  ask_aws cloudformation describe-stacks --stack-name "$1" >"$WORK/stack" 2>"$WORK/error" || status=$?
  if [ "$status" -eq 0 ]; then
    jq -r '.Stacks[0].StackStatus' "$WORK/stack"
  elif grep -q 'Stack with id .* does not exist' "$WORK/error"; then
    printf 'DELETE_COMPLETE'
  else
    say "$(sed '/^$/d' "$WORK/error")"
    return "$status"
  fi
}

# The account and the region of the stack in $WORK/stack, by its ARN.
place_of_stack() {
  jq -r '.Stacks[0].StackId | split(":") | "account \(.[4]), region \(.[3])"' "$WORK/stack"
}

# The account and the region that the AWS CLI asks, as far as they can be found out.
place_of_shell() {
  local account region=${AWS_REGION:-${AWS_DEFAULT_REGION:-}}
  account=$(ask_aws sts get-caller-identity 2>/dev/null | jq -r '.Account // empty') || account=''
  [ -n "$region" ] || region=$(aws configure get region 2>/dev/null) || region=''
  printf 'account %s, region %s' "${account:-of this shell}" "${region:-of this shell}"
}

# Says that there is no such stack, and what others there are: somebody may have misspelt a name.
say_no_stack() {
  local others
  say "There is no stack $1 in $(place_of_shell)."
  if ask_aws cloudformation list-stacks >"$WORK/stacks" 2>/dev/null; then
    others=$(jq -r '.StackSummaries[] | select(.StackStatus != "DELETE_COMPLETE") | .StackName
      | select(startswith("dbt-bastion-")) | "  " + .' "$WORK/stacks" | LC_ALL=C sort)
    say "${others:+The stacks there that are called dbt-bastion-…:
}${others:-No stack there is called dbt-bastion-…}"
  else
    say 'Which others there are cannot be listed without the permission cloudformation:ListStacks.'
  fi
}

# Puts the events of resources that could not be deleted, since the last deletion began, into
# $WORK/failed: an array, which is empty if the events may not be read.
find_failed_resources() {
  ask_aws cloudformation describe-stack-events --stack-name "$1" >"$WORK/events" 2>/dev/null \
    || echo '{"StackEvents": []}' >"$WORK/events"
  # The newest event comes first; the stack itself is among the resources.
  jq '.StackEvents
    | .[:map(.PhysicalResourceId == .StackId and .ResourceStatus == "DELETE_IN_PROGRESS") | index(true)]
    | map(select(.ResourceStatus == "DELETE_FAILED" and .PhysicalResourceId != .StackId))
    | reverse' "$WORK/events" >"$WORK/failed"
}

# Why the resources in $WORK/failed could not be deleted; if there are none, what the stack says.
say_failed_resources() {
  jq -r -L "$ROOT/scripts/lib" --slurpfile stack "$WORK/stack" 'include "text";
    if . == [] then "  \($stack[0].Stacks[0].StackStatusReason // "no reason was given")"
    else .[]
      | "  \(.LogicalResourceId) (\(.ResourceType)): \(.ResourceStatusReason // "no reason was given")"
    end | clean' "$WORK/failed" >&2
}

# Whether all of $WORK/failed are of the kinds that AWS itself holds for a while after their user is gone.
are_freed_late() {
  jq -e '. != [] and all(.[].ResourceType; IN("AWS::EC2::EIP", "AWS::EC2::NetworkInterface",
    "AWS::EC2::SecurityGroup"))' "$WORK/failed" >/dev/null
}

# await_deletion STACK ID: waits as long as CloudFormation does. Returns 1 if it did not delete all.
await_deletion() {
  local stack=$1 id=$2 start=$SECONDS status=DELETE_IN_PROGRESS said=0 time
  say "  Deleting $stack. Ctrl-C ends the waiting only."
  while :; do
    sleep 5
    status=$(stack_status "$id") || fail $? "whether $stack is gone is not known; CloudFormation goes on
deleting it. The same command again goes on waiting."
    time=$((SECONDS - start))
    if [ -t 2 ]; then printf '\r\033[K' >&2; fi
    case $status in
      DELETE_COMPLETE) say "  Deleted $stack: $time s"; return ;;
      DELETE_FAILED)
        say "CloudFormation could not delete all of $stack:"
        find_failed_resources "$id"
        say_failed_resources
        return 1 ;;
    esac
    if [ -t 2 ]; then
      printf '  Deleting %s … %s s' "$stack" "$time" >&2
    elif [ $((time - said)) -ge 60 ]; then
      said=$time
      say "  Deleting $stack … $time s"
    fi
  done
}

delete_stack() {
  local stack=$1 id time
  # By its ARN a stack is found after its end too, and nothing else by the same name.
  id=$(jq -r '.Stacks[0].StackId' "$WORK/stack")
  for time in first second; do
    ask_aws cloudformation delete-stack --stack-name "$id" || fail $? "the stack $stack was not deleted."
    ! await_deletion "$stack" "$id" || return 0
    if [ "$time" != first ] || ! are_freed_late; then break; fi
    say 'AWS frees these some time after what used them is gone. Once more:'
  done
  fail 1 "the stack $stack is still there: DELETE_FAILED. Fix what is said above, then give the same command again."
}
