# shellcheck shell=bash
# What tools are called by the system's package manager.

package_manager() {
  local manager
  for manager in apt-get dnf brew; do
    if command -v "$manager" >/dev/null 2>&1; then
      printf '%s' "$manager"
      return
    fi
  done
}

# The packages that bring a tool: package_of MANAGER TOOL
package_of() {
  case $1/$2 in
    apt-get/node) printf 'nodejs' ;;
    apt-get/sshd) printf 'openssh-server' ;;
    apt-get/ssh | apt-get/ssh-keygen) printf 'openssh-client' ;;
    apt-get/psql) printf 'postgresql-client' ;;
    apt-get/python) printf 'python3 python3-venv' ;;
    apt-get/ss) printf 'iproute2' ;;
    apt-get/systemd-nspawn) printf 'systemd-container' ;;
    apt-get/nft) printf 'nftables' ;;
    apt-get/paramiko) printf 'python3-paramiko' ;;
    dnf/node | dnf/npm) printf 'nodejs' ;;
    dnf/sshd) printf 'openssh-server' ;;
    dnf/ssh | dnf/ssh-keygen) printf 'openssh-clients' ;;
    dnf/psql) printf 'postgresql' ;;
    dnf/python) printf 'python3' ;;
    dnf/ss) printf 'iproute' ;;
    dnf/shellcheck) printf 'ShellCheck' ;;
    brew/node | brew/npm) printf 'node' ;;
    brew/sshd | brew/ssh | brew/ssh-keygen) printf 'openssh' ;;
    brew/psql) printf 'postgresql' ;;
    brew/python) printf 'python3' ;;
    *) printf '%s' "$2" ;;
  esac
}

oldest_version_of() {
  case $1 in
    maven) printf '3.8.6' ;;
    node) printf '20' ;;
    python) printf '3.10' ;;
    *) printf '0' ;;
  esac
}

advice_for() {
  local manager
  manager=$(package_manager)
  case $manager/$1 in
    apt-get/node) printf 'apt-get install nodejs, or https://nodejs.org/en/download where that is older' ;;
    apt-get/npm) printf "it comes with Node.js; to Debian's own Node.js: apt-get install npm" ;;
    apt-get/maven) printf 'apt-get install maven, or https://maven.apache.org/download.cgi where that is older' ;;
    brew/aws-client) printf 'brew install awscli' ;;
    */aws-client)
      printf 'see https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html' ;;
    /maven) printf 'see https://maven.apache.org/download.cgi' ;;
    /node | /npm) printf 'see https://nodejs.org/en/download' ;;
    /jq) printf 'see https://jqlang.org/download' ;;
    /*) printf 'install it with the package manager of this system' ;;
    *) printf '%s install %s' "$manager" "$(package_of "$manager" "$1")" ;;
  esac
}
