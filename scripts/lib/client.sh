# shellcheck shell=bash
# What the scripts share that ask a deployed bastion.

# shellcheck source-path=SCRIPTDIR source=console.sh
. "${BASH_SOURCE[0]%/*}/console.sh"
# shellcheck source-path=SCRIPTDIR source=tools.sh
. "$ROOT/scripts/lib/tools.sh"
# shellcheck source-path=SCRIPTDIR source=venv.sh
. "$ROOT/scripts/lib/venv.sh"
# shellcheck source-path=SCRIPTDIR source=install.sh
. "$ROOT/scripts/lib/install.sh"
# shellcheck source-path=SCRIPTDIR source=name.sh
. "$ROOT/scripts/lib/name.sh"
# shellcheck source-path=SCRIPTDIR source=invoke.sh
. "$ROOT/scripts/lib/invoke.sh"

# What is missing is only named: these scripts should not change the machine.
require_client() {
  # Asked once: in a sandbox it is the CLI that answers, which takes half a second to start.
  if tool_is_there aws-client; then
    name_missing_tools jq
    return
  fi
  # The sandbox may have brought an AWS CLI for itself.
  if venv_has aws; then
    put_first "$VENV/bin"
  fi
  name_missing_tools jq aws-client
}

# connect NAME: sets NAME, the bastion that is meant, and WORK, a folder until the script ends.
connect() {
  require_client
  NAME=$(bastion_name "$1")
  make_work_folder
}

make_work_folder() {
  WORK=$(mktemp -d "${TMPDIR:-/tmp}/dbt-bastion.XXXXXX")
  trap 'rm -rf "$WORK"' EXIT
}

ask_aws() {
  # Version 1 of the AWS CLI knows only the older name.
  if [ -n "${AWS_REGION:-}" ]; then export AWS_DEFAULT_REGION=$AWS_REGION; fi
  AWS_PAGER='' aws "$@" --output json --cli-connect-timeout 10
}
