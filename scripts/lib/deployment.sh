# shellcheck shell=bash
# Deploying the stack, and what comes after it. Needs client.sh.

# deploy_stack OPTION…: runs cdk deploy. Its messages are shown as they come, and kept in
# $WORK/messages. Standard output stays what it is: only at a terminal does the CDK ask for approval.
deploy_stack() (
  cd "$ROOT/infra" || exit
  # A warning of its age would hide what deploy has to say; too old a Node was refused before.
  export AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true
  {
    node_modules/.bin/cdk deploy "$@" -c "name=$NAME" 2>&1 >&3 3>&- | tee "$WORK/messages" >&2 3>&-
  } 3>&1
)

explain_failure() {
  if grep -qiE "bootstrap stack|cdk bootstrap|bootstrapped|/cdk-bootstrap/|re\)?-bootstrap" "$WORK/messages"; then
    say 'Where the CDK was never used in this account and region, once, in the top folder:
  infra/node_modules/.bin/cdk bootstrap aws://ACCOUNT/REGION'
  fi
  # The command line gives up where Cloud Control leaves out what is asked for.
  if grep -qi 'Cannot read field .*dbname' "$WORK/messages"; then
    say "AWS does not say the warehouse's own database. Name the one that the check logs in to:
  -c database=DATABASE"
  elif grep -q 'Cannot read field' "$WORK/messages"; then
    say 'The warehouse has no endpoint yet: it is being made, or paused. Wait until it is available.'
  fi
}

# What the hourly schedule does, at once, so that the first check has a key.
renew_check_key() {
  local status=0
  jq -n '{action: "renew-check-key"}' >"$WORK/request"
  (invoke key-registry) 2>"$WORK/renewal" || status=$?
  if [ "$status" -ne 0 ]; then
    say "The stack is deployed; the connection check's own key could not be made:
$(sed 's/^/  /' "$WORK/renewal")
The schedule tries again every hour."
    return "$status"
  fi
  say "The connection check's own key:"
  show_answer no change \
    || say 'A host that does not have it yet fetches it within minutes.'
}

# show_next_steps ALARMS-BY-MAIL?
show_next_steps() {
  local option=''
  [ "$NAME" = default ] || option=" --name $NAME"
  cat <<NEXT

Next:
  1. In dbt, make a Redshift connection with an SSH tunnel, from the outputs above:
       connection  Host Name = WarehouseHost, Port = WarehousePort, Database = WarehouseDatabase
       tunnel      Host Name = TunnelHost, Port = TunnelPort, Username = TunnelUser
  2. Register the public key that dbt then shows:
       scripts/register-key$option --label LABEL 'ssh-rsa AAAA…'
  3. See that it works:
       scripts/check$option
NEXT
  if [ "$1" = yes ]; then
    printf '  4. Confirm the mail from AWS Notifications, or alarms reach nobody.\n'
  fi
  cat <<'NEXT'

dbt times out although scripts/check passes: dbt connects from addresses that are not let in; see
the output AllowedAddresses, and give -c dbtRegion=… or -c cidrs=…
NEXT
}
