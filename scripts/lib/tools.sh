# shellcheck shell=bash
# The tools that scripts need: which are there and new enough, and what brings the others (tools.txt).

package_manager() {
  local manager
  for manager in apt-get dnf brew; do
    if command -v "$manager" >/dev/null 2>&1; then
      printf '%s' "$manager"
      return
    fi
  done
}

# describe_tool TOOL: sets OLDEST (version), PACKAGES (of this system) and PURPOSE.
# shellcheck disable=SC2034 # install.sh reads them
describe_tool() {
  local tool apt dnf brew
  while read -r tool OLDEST apt dnf brew PURPOSE; do
    if [ "$tool" = "$1" ]; then
      case $(package_manager) in
        apt-get) PACKAGES=$apt ;;
        dnf) PACKAGES=$dnf ;;
        brew) PACKAGES=$brew ;;
        *) PACKAGES=- ;;
      esac
      PACKAGES=${PACKAGES#-}
      PACKAGES=${PACKAGES//,/ }
      return
    fi
  done <"${BASH_SOURCE[0]%/*}/tools.txt"
}

# Whether a version is the second one or newer.
at_least() {
  [ -n "$1" ] && printf '%s\n' "$2" "$1" | sort -C -t. -k1,1n -k2,2n -k3,3n
}

# The first number with a point in it that a command prints.
version_of() {
  local printed
  printed=$("$@" 2>/dev/null) || return
  [[ $printed =~ [0-9]+\.[0-9.]+ ]] && printf '%s' "${BASH_REMATCH[0]}"
}

# The AWS CLI. An older one passes AWS_ENDPOINT_URL by, and would talk to AWS itself.
aws_obeys_endpoints() {
  local version
  version=$(version_of aws --version) || return 1
  case $version in
    1.*) at_least "$version" 1.29 ;;
    *) at_least "$version" 2.13 ;;
  esac
}

# moto's server, with all that it needs.
moto_is_there() {
  command -v moto_server >/dev/null 2>&1 && at_least "$(version_of python3 -c \
    'import flask, flask_cors, importlib.metadata as m; print(m.version("moto"))')" 5
}

# A Python that can make a virtual environment with pip in it.
find_python() {
  local python
  for python in python3 python3.14 python3.13 python3.12 python3.11 python3.10; do
    if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
      command -v "$python"
      return
    fi
  done
}

tool_is_there() {
  describe_tool "$1"
  case $1 in
    maven) at_least "$(version_of mvn -Dstyle.color=never --version)" "$OLDEST" ;;
    node) at_least "$(version_of node --version)" "$OLDEST" ;;
    python) [ -n "$(find_python)" ] ;;
    moto) moto_is_there ;;
    aws) aws_obeys_endpoints ;;
    # Rules of an older one do not know Lambda's newer runtimes.
    cfn-lint) at_least "$(version_of cfn-lint --version)" 1.51 ;;
    # Only where the environment leads elsewhere than to AWS does the version matter.
    aws-client) if [ -n "${AWS_ENDPOINT_URL:-}${AWS_ENDPOINT_URL_LAMBDA:-}" ]; then
        aws_obeys_endpoints
      else
        command -v aws >/dev/null 2>&1
      fi ;;
    # Debian's own: that is what its package is for.
    paramiko) /usr/bin/python3 -c 'import paramiko' 2>/dev/null ;;
    sshd) PATH=$PATH:/usr/sbin:/usr/local/sbin:/sbin:/opt/homebrew/sbin command -v sshd >/dev/null 2>&1 ;;
    ss) [ "$(uname -s)" != Linux ] || PATH=$PATH:/usr/sbin:/sbin command -v ss >/dev/null 2>&1 ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
  esac
}
