package org.dbtbastion.handler;

import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.dbtbastion.audit.Audit;
import org.dbtbastion.aws.AwsClients;
import org.dbtbastion.aws.AwsDeployment;
import org.dbtbastion.aws.CheckKey;
import org.dbtbastion.aws.Hosts;
import org.dbtbastion.aws.ParameterKeyStore;
import org.dbtbastion.aws.Parameters;
import org.dbtbastion.aws.RedshiftPasswords;
import org.dbtbastion.aws.RunCommandPush;
import org.dbtbastion.aws.SecretsManagerSecrets;
import org.dbtbastion.aws.snapshot.AwsSnapshotReader;
import org.dbtbastion.check.ConnectionCheck;
import org.dbtbastion.credentials.CredentialsSource;
import org.dbtbastion.dbt.Tunnel;
import org.dbtbastion.deployment.Deployment;
import org.dbtbastion.deployment.SshAccess;
import org.dbtbastion.idp.TokenEndpoint;
import org.dbtbastion.metrics.EmbeddedMetrics;
import org.dbtbastion.network.DeployedResources;
import org.dbtbastion.redshift.RedshiftWarehouse;
import org.dbtbastion.registry.CheckKeyRenewal;
import org.dbtbastion.registry.KeyRegistry;
import org.dbtbastion.tunnel.JschKeyPairs;
import org.dbtbastion.tunnel.JschSsh;
import org.jboss.logging.Logger;

/** Which parts make up the function: the one place that chooses adapters. */
final class Parts {

  private static final Logger LOG = Logger.getLogger(ConnectionCheck.class);

  @Produces
  @Singleton
  Actions actions(Settings settings) {
    AwsClients clients = new AwsClients();
    Parameters parameters = new Parameters(clients, settings.name());
    Hosts hosts = new Hosts(clients, settings.name());

    String document =
        settings.syncDocument().orElse("dbt-bastion-" + settings.name() + "-sync-keys");
    KeyRegistry keys =
        new KeyRegistry(
            new ParameterKeyStore(parameters),
            new RunCommandPush(clients, hosts, settings.name(), document),
            InstantSource.system());
    CheckKeyRenewal renewal =
        new CheckKeyRenewal(
            keys,
            new CheckKey(parameters, JschKeyPairs::generate, JschKeyPairs::read),
            InstantSource.system());

    Deployment deployment = new AwsDeployment(parameters, hosts, settings.publicAddress());
    ConnectionCheck check =
        new ConnectionCheck(
            new SshAccess(settings.name(), settings.sshUser(), settings.sshPort()),
            deployment,
            new CredentialsSource(
                new SecretsManagerSecrets(clients),
                new RedshiftPasswords(clients),
                new TokenEndpoint()),
            new JschSsh(),
            new RedshiftWarehouse(),
            thrown -> LOG.error("unexpected", thrown));
    Audit audit =
        new Audit(
            site(settings),
            new AwsSnapshotReader(clients),
            thrown -> LOG.error("unexpected", thrown));
    EmbeddedMetrics metrics =
        new EmbeddedMetrics(
            settings.name(), thrown -> LOG.error("metrics could not be written", thrown));
    return new Actions(
        settings.actions(),
        keys,
        renewal,
        deployment,
        check,
        audit,
        metrics,
        settings.tunnelHost().map(host -> new Tunnel(host, settings.sshPort(), settings.sshUser())),
        clients::region);
  }

  private static DeployedResources site(Settings settings) {
    return new DeployedResources(
        settings.name(),
        settings.sshPort(),
        settings.publicAddress(),
        settings.targetGroup(),
        settings.sources().orElse(List.of()),
        settings.securityGroup().map(Set::of).orElse(Set.of()),
        settings.subnets().orElse(List.of()));
  }
}
