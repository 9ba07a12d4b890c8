# shellcheck shell=bash
# Which tools are there, and whether they are new enough.

# Whether a version is the second one or newer.
at_least() {
  [ -n "$1" ] \
    && [ "$(printf '%s\n' "$2" "$1" | sort -t. -k1,1n -k2,2n -k3,3n | sed -n 1p)" = "$2" ]
}

maven_version() {
  mvn -Dstyle.color=never --version 2>/dev/null | sed -n 's/.*Apache Maven \([0-9.]*\).*/\1/p'
}

node_version() {
  node --version 2>/dev/null | sed -n 's/^v\([0-9.]*\).*/\1/p'
}

aws_version() {
  aws --version 2>&1 | sed -n 's/^aws-cli\/\([0-9.]*\).*/\1/p'
}

# Whether the AWS CLI obeys AWS_ENDPOINT_URL; an older one would talk to AWS itself.
aws_obeys_endpoints() {
  local version
  version=$(aws_version)
  case $version in
    1.*) at_least "$version" 1.29 ;;
    *) at_least "$version" 2.13 ;;
  esac
}

# The linter's older rules do not know Lambda's newer runtimes.
cfn_lint_is_there() {
  at_least "$(cfn-lint --version 2>/dev/null | sed -n 's/^cfn-lint \([0-9.]*\).*/\1/p')" 1.51
}

# Whether moto's server is there, with all that its server needs.
moto_is_there() {
  command -v moto_server >/dev/null 2>&1 || return 1
  local version
  version=$(python3 -c 'import flask, flask_cors, importlib.metadata as m; print(m.version("moto"))' \
    2>/dev/null) || return 1
  at_least "$version" 5
}

# A Python that moto runs on and that can make a virtual environment with pip in it.
find_python() {
  local python
  for python in python3 python3.14 python3.13 python3.12 python3.11 python3.10; do
    if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
      command -v "$python"
      return
    fi
  done
}

sshd_is_there() {
  PATH=$PATH:/usr/sbin:/usr/local/sbin:/sbin:/opt/homebrew/sbin command -v sshd >/dev/null 2>&1
}

# Whether the packaged functions run here: AWS's runtime client brings libraries for this alone.
functions_run_here() {
  [ "$(uname -s)/$(uname -m)" = Linux/x86_64 ]
}

# What booted hosts need besides root on Linux; where it cannot be installed, their tests are skipped.
lab_tools() {
  if [ "$(uname -s)" = Linux ] && may_install; then
    printf 'debootstrap systemd-nspawn nft ssh-audit paramiko'
  fi
}

tool_is_there() {
  case $1 in
    maven) at_least "$(maven_version)" 3.8.6 ;;
    node) at_least "$(node_version)" 20 ;;
    sshd) sshd_is_there ;;
    moto) moto_is_there ;;
    cfn-lint) cfn_lint_is_there ;;
    aws) aws_obeys_endpoints ;;
    # Only where the environment leads somewhere else than AWS does it matter which one.
    aws-client) if [ -n "${AWS_ENDPOINT_URL:-}${AWS_ENDPOINT_URL_LAMBDA:-}" ]; then
        aws_obeys_endpoints
      else
        command -v aws >/dev/null 2>&1
      fi ;;
    python) [ -n "$(find_python)" ] ;;
    # Debian's own: that is what its package is for.
    paramiko) /usr/bin/python3 -c 'import paramiko' 2>/dev/null ;;
    ss) [ "$(uname -s)" != Linux ] || PATH=$PATH:/usr/sbin:/sbin command -v ss >/dev/null 2>&1 ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
  esac
}

tool_purpose() {
  case $1 in
    maven) printf 'Maven 3.8.6 or newer, which builds' ;;
    node) printf 'Node.js 20 or newer, which the AWS CDK runs on' ;;
    npm) printf 'npm, which installs the CDK command line' ;;
    sshd) printf 'the OpenSSH server, the bastion of sandbox and tests' ;;
    ssh) printf "OpenSSH's client, beside which the benchmark measures" ;;
    ssh-keygen) printf 'ssh-keygen, which makes and judges keys' ;;
    psql) printf "PostgreSQL's psql, beside which the benchmark measures" ;;
    python) printf 'Python 3.10 or newer with venv, which moto (the emulated AWS) runs on' ;;
    aws-client) printf 'the AWS CLI; for the sandbox 1.29 or newer, or 2.13 or newer' ;;
    jq) printf 'jq, which writes requests and reads answers' ;;
    ss) printf "iproute2's ss, with which a host finds a key's tunnels" ;;
    debootstrap | systemd-nspawn | nft | ssh-audit)
      printf '%s, for the hosts that the tests boot' "$1" ;;
    paramiko) printf "Paramiko, Python's SSH client, for the hosts that the tests boot" ;;
    shellcheck) printf 'shellcheck, which checks the scripts' ;;
    *) printf '%s' "$1" ;;
  esac
}
