package org.dbtbastion.report;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dbtbastion.text.Kebab;

/**
 * The causes that a check can name. The names are stable: alarms, pipelines and people rely on
 * them.
 *
 * <p>Each has a meaning, for the troubleshooting table, and a remedy: one sentence that says what
 * to do. A remedy's {@code {placeholders}} are filled from the names of the route that failed.
 */
public enum Code {
  BASTION_NOT_FOUND(
      "No running bastion host was found",
      "Look at the Auto Scaling group of bastion {bastion}: it should hold a running instance with"
          + " the tag dbt-bastion={bastion}."),
  ADDRESS_NOT_CLAIMED(
      "No running host holds the bastion's public address, so dbt connects to nothing",
      "Restart dbt-bastion-bootstrap.service on a host of bastion {bastion}, by Session Manager: it"
          + " claims the address last, and its journal says why that failed."),
  BASTION_NAME_NOT_FOUND(
      "The bastion's host name does not resolve",
      "Correct the address {bastionHost} of the bastion, or wait until its DNS record has spread."),
  BASTION_REFUSED(
      "The bastion host answers, but nothing listens on the SSH port",
      "Find out why sshd does not run on {bastionId}: open it with Session Manager and read"
          + " `systemctl status dbt-bastion-sshd` and `journalctl -u dbt-bastion-sshd`."),
  BASTION_TIMEOUT(
      "The bastion host does not answer on the SSH port",
      "Check that {bastionId} is running and that its security group lets tcp/{bastionPort} in from"
          + " the security group of the check."),
  BASTION_BOOTING(
      "The bastion host does not accept logins yet: it was launched within the last 5 minutes",
      "Wait for {bastionId} to boot while the other hosts serve dbt; if it never does, read"
          + " `journalctl -u dbt-bastion-bootstrap` there, by Session Manager."),
  NOT_SSH_SERVER(
      "What listens on the SSH port does not speak SSH",
      "Find what else listens on {bastionHost}:{bastionPort}, or correct the SSH port."),
  SSH_BANNER_TIMEOUT(
      "The server accepts the connection and then says nothing",
      "Look at the load of {bastionId}: a host out of memory or processes accepts connections and"
          + " does not serve them; replace it if it stays so."),
  SSH_CLOSED(
      "The server closed the connection before the key exchange was done",
      "Read `journalctl -u dbt-bastion-sshd` on {bastionId}: MaxStartups drops connections in a"
          + " burst, and sshd says so."),
  SSH_LOST(
      "The connection was lost after the key exchange",
      "Look at the load and memory of {bastionId}, and at `journalctl -u dbt-bastion-sshd` there:"
          + " sshd says why it ended the connection."),
  SSH_KEY_EXCHANGE_TIMEOUT(
      "The SSH key exchange does not finish",
      "Look at the load of {bastionId} and at the MTU between it and the check: key exchange is the"
          + " first exchange of large packets."),
  NO_COMMON_ALGORITHM(
      "Client and server share no key exchange, cipher, MAC or host key algorithm",
      "Compare `sshd -T` on {bastionId} with the algorithms named here, and restore"
          + " /opt/dbt-bastion/sshd_config by replacing the host."),
  HOST_KEY_CHANGED(
      "The server shows another host key than the one that is pinned",
      "Treat it as an attack until {bastionId} is known to be yours: then replace the host, which"
          + " fetches the stored host keys again."),
  HOST_KEY_NOT_PINNED(
      "No host key is stored to compare with",
      "Wait until the first host of bastion {bastion} has stored its host keys under"
          + " /dbt-bastion/{bastion}/host-keys, or read its boot log."),
  CHECK_KEY_MISSING(
      "The check has no key of its own to log in with",
      "Run scripts/deploy, or invoke the key registry with {\"action\":\"renew-check-key\"}, which its"
          + " schedule does every hour."),
  SSH_KEY_REFUSED(
      "The server refuses the check's key",
      "Invoke the key registry with {\"action\":\"renew-check-key\"}; if {bastionId} still refuses, run"
          + " /opt/dbt-bastion/sync-keys there and read what it reports."),
  SSH_AUTH_TIMEOUT(
      "The server does not answer the login",
      "Look at the load of {bastionId}, and replace the host if it stays so."),
  FORWARDING_REFUSED(
      "The server refuses to forward to the warehouse",
      "Deploy the stack with the endpoint {host}:{port}: the bastion forwards to the configured"
          + " endpoints only, and compares names literally."),
  TARGET_UNREACHABLE(
      "The bastion cannot connect to the warehouse",
      "Check that the warehouse is up and that its security group lets tcp/{port} in from the"
          + " security group of the bastion, and that {bastionId} resolves {host}."),
  FORWARD_TIMEOUT(
      "The bastion gets no answer from the warehouse",
      "Let tcp/{port} into the security group of the warehouse from the security group of the"
          + " bastion, and check routes and network ACLs between {bastionId} and {host}."),
  NAME_NOT_FOUND(
      "The warehouse's host name does not resolve",
      "Correct the host {host} of connection {connection}: copy the endpoint that Redshift shows,"
          + " and see that the VPC has DNS support on."),
  DNS_TIMEOUT(
      "The name servers do not answer",
      "Check the DNS settings of the VPC (DHCP options, resolver rules) that should resolve the"
          + " name."),
  PUBLIC_ADDRESS(
      "The warehouse's name resolves to a public address",
      "Turn off `publicly accessible` of the cluster behind {host}, or look why the private"
          + " address is not what this VPC resolves."),
  TCP_REFUSED(
      "The warehouse's address answers, but nothing listens on the port",
      "Check that the warehouse is available (not paused) and that {port} is its port."),
  TCP_TIMEOUT(
      "The warehouse does not answer",
      "Let tcp/{port} into the security group of the warehouse from the security group of the"
          + " check, and check that {host} is available and routed."),
  NO_TLS(
      "The server refuses TLS",
      "Turn on TLS for what listens on {host}:{port}; Redshift always offers it, so another server"
          + " or a proxy may be in the way."),
  NOT_REDSHIFT(
      "What listens on the port does not speak the warehouse's protocol",
      "Correct host and port of connection {connection}: {host}:{port} is something else."),
  TLS_TIMEOUT(
      "The server accepts the connection and then does not finish TLS",
      "Look at the state of the warehouse, and at the MTU on the way: allow ICMP destination"
          + " unreachable or set MTU 1500."),
  TLS_FAILED(
      "The TLS handshake fails",
      "Check which TLS versions {host}:{port} offers: 1.2 or newer is needed."),
  CERTIFICATE_UNTRUSTED(
      "The certificate is signed by an authority that is not trusted",
      "Find out who answers for {host}: Redshift's certificates come from Amazon Trust Services, so"
          + " a proxy or another server may be in the way."),
  CERTIFICATE_EXPIRED(
      "The certificate has expired or is not yet valid",
      "Renew the certificate of {host}; for a custom domain, that is the one in AWS Certificate"
          + " Manager."),
  CERTIFICATE_NAME_MISMATCH(
      "The certificate is for another host name",
      "Use the host name that the certificate is for: the cluster's own endpoint, or the custom"
          + " domain name that is registered with Redshift, instead of {host}."),
  CONNECTION_CLOSED(
      "The server closed the connection",
      "Look at the state and the connection log (stl_connection_log) of the warehouse at"
          + " {host}:{port}."),
  SECRET_MISSING(
      "The secret does not exist",
      "Create or restore the secret {secret} in this account and region, or correct the secret of connection"
          + " {connection}."),
  SECRET_UNREADABLE(
      "The secret may not be read",
      "Deploy the stack with {secret} as the secret of connection {connection}, and let the check's"
          + " role decrypt with its KMS key."),
  SECRET_MALFORMED(
      "The secret is not of the expected form",
      "Store in the secret {secret} a JSON object with {secretFields}."),
  ISSUER_NOT_FOUND(
      "The cluster or workgroup that should issue credentials does not exist",
      "Correct {issuer} in the description of connection {connection}: the Redshift console of the"
          + " stack's account and region shows clusters and workgroups by these names."),
  ISSUER_REFUSED(
      "The check's role may not have credentials issued",
      "Deploy the stack with the description of connection {connection}, which gives the check's"
          + " role {issuerPermission} on {issuer}."),
  TOKEN_ENDPOINT_UNREACHABLE(
      "The identity provider's token endpoint is not reached",
      "Correct the requestUrl {tokenEndpoint} of connection {connection}, and give the check's"
          + " subnets a route to the internet by a NAT gateway."),
  TOKEN_REFUSED(
      "The identity provider refuses a token",
      "Compare client_id and client_secret in the secret {secret} and the requestData of connection"
          + " {connection} with the application in the identity provider."),
  TOKEN_MALFORMED(
      "The server at the token endpoint does not speak OAuth",
      "Correct the requestUrl of connection {connection}: {tokenEndpoint} is no token endpoint."),
  NOT_IN_DBT_TUNNELS(
      "The dbt platform cannot log in by this method through an SSH tunnel",
      "Use method database where dbt comes through the tunnel: the dbt platform does not support"
          + " extended attributes, which {method} needs, together with SSH tunneling."),
  CREDENTIALS_TIMEOUT(
      "The issuer of the credentials does not answer",
      "Give the check's subnets a route to {credentialsService}: a NAT gateway, or for AWS's services"
          + " an interface endpoint."),
  CREDENTIALS_FAILED(
      "The credentials could not be obtained",
      "Follow the error that stands in the detail, for {credentialsService}."),
  PASSWORD_REFUSED(
      "The warehouse refuses user name or password",
      "Put the current password of the database user into the secret {secret}, or reset it with"
          + " ALTER USER ... PASSWORD."),
  TEMPORARY_PASSWORD_REFUSED(
      "The warehouse refuses the temporary password that it issued",
      "Create the database user that stands in the detail, without IAM: or IAMA: in front, or set"
          + " autocreate for connection {connection}."),
  TOKEN_NOT_ACCEPTED(
      "The warehouse does not accept the identity provider's token",
      "Let IAM Identity Center trust the issuer of {tokenEndpoint} for the warehouse at"
          + " {host}:{port}, with the audience of its tokens, and assign the user to the"
          + " application."),
  DATABASE_MISSING(
      "The database does not exist",
      "Create the database {database}, or correct the database of connection {connection}."),
  TOO_MANY_CONNECTIONS(
      "The warehouse or the user has no connection left",
      "Raise the CONNECTION LIMIT of the user or database, or end idle sessions (stv_sessions)."),
  LOGIN_TIMEOUT(
      "The warehouse does not answer the login",
      "Look at the state of the warehouse: a cluster that is resuming, resizing or overloaded"
          + " accepts connections and does not log in."),
  LOGIN_FAILED(
      "The login fails for another reason",
      "Follow the warehouse's error that stands in the detail."),
  QUERY_FAILED("The first query fails", "Follow the warehouse's error that stands in the detail."),
  QUERY_TIMEOUT(
      "The first query does not come back",
      "Look at the queues (stv_wlm_query_state) and locks of the warehouse, and at the MTU on the"
          + " way to it."),
  LARGE_RESULT_TIMEOUT(
      "A small result comes back and a large one does not",
      "Let ICMP destination unreachable (type 3, code 4) into the security groups and network ACLs on"
          + " the way to {host}:{port}, or set MTU 1500 there: large packets are lost."),
  GRANTS_MISSING(
      "The database user lacks privileges that dbt needs",
      "Run as an administrator, in the database {database}: {statements}."),
  RELATIONS_OF_OTHERS(
      "Tables or views in a schema that dbt builds belong to somebody else",
      "If they are models of this dbt, which replaces only what its user owns, run as an"
          + " administrator, in the database {database}: {statements}."),
  SCHEMA_MISSING(
      "A schema that dbt reads does not exist",
      "Create it, or correct the sources of connection {connection}."),
  TUNNEL_CLOSED(
      "The bastion host ends the tunnel while it is idle",
      "Read `journalctl -u dbt-bastion-sshd` on {bastionId}: sshd ends tunnels when their key is"
          + " revoked, the host is drained or restarted, or the client does not answer for 5"
          + " minutes."),
  TUNNEL_RESET(
      "The tunnel is reset while it is idle",
      "Raise the idle timeout of what stands between the check and {bastionId} (firewall, network"
          + " appliance, gateway) above the seconds in the detail, or see whether the host went"
          + " down then."),
  TUNNEL_SILENT(
      "The tunnel dies silently while it is idle",
      "Raise the idle timeout of what stands between the check and {bastionId} (firewall, network"
          + " appliance, gateway) above 30 seconds, in which sshd sends a sign of life, or see"
          + " whether the host is gone."),
  SESSION_ENDED(
      "The warehouse's session is ended while it is idle, and the tunnel lives",
      "Raise the session timeout of the database user (ALTER USER ... SESSION TIMEOUT) or of the"
          + " cluster at {host}:{port}, and see in stl_connection_log whether the warehouse was"
          + " restarted."),
  SESSION_SILENT(
      "The warehouse's session does not answer after it was idle, and the tunnel lives",
      "Raise the idle timeout of what stands between {bastionId} and {host}:{port} (firewall,"
          + " network appliance, gateway) above the length of dbt's pauses."),
  AWS_FAILED(
      "A call to AWS that the check itself needs failed",
      "Follow the error of AWS that stands in the detail; deploying the stack again restores the"
          + " check's permissions and network."),
  OUT_OF_TIME(
      "The time for the whole check was used up before this stage",
      "See which stage before took long, or check fewer connections at once with"
          + " scripts/check --connection."),
  UNEXPECTED(
      "Something happened that the check does not know",
      "Read the function's log, which has the whole error, and report it as a bug.");

  private static final Pattern PLACEHOLDER = Pattern.compile("\\{([a-zA-Z]+)}");

  private final String meaning;
  private final String remedy;

  Code(String meaning, String remedy) {
    this.meaning = meaning;
    this.remedy = remedy;
  }

  /** The stable name in reports, such as {@code host-key-changed}. */
  public String id() {
    return Kebab.of(this);
  }

  /** What happened, for a reader who knows SSH and Redshift. */
  public String meaning() {
    return meaning;
  }

  /**
   * What to do about it.
   *
   * @param names the values of the placeholders
   * @throws IllegalArgumentException if a placeholder has no value
   */
  public String remedy(Map<String, String> names) {
    return PLACEHOLDER
        .matcher(remedy)
        .replaceAll(
            match -> {
              String value = names.get(match.group(1));
              if (value == null) {
                throw new IllegalArgumentException(
                    "no value for {" + match.group(1) + "} in the remedy of " + this);
              }
              return Matcher.quoteReplacement(value);
            });
  }
}
