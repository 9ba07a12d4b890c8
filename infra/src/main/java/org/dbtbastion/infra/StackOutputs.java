package org.dbtbastion.infra;

import java.util.List;
import java.util.stream.Collectors;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.infra.checks.ConnectionCheckFunction;
import org.dbtbastion.infra.configuration.Configuration;
import org.dbtbastion.infra.entrance.Entrance;
import org.dbtbastion.infra.keys.KeyRegistryFunction;
import org.dbtbastion.infra.monitoring.Monitoring;
import org.dbtbastion.infra.permissions.PipelinePolicies;
import org.dbtbastion.infra.warehouse.Warehouse;
import software.amazon.awscdk.CfnOutput;
import software.constructs.Construct;

/** The outputs of a stack: what people type into dbt, and what pipelines call. */
final class StackOutputs {

  private final Construct stack;

  StackOutputs(Construct stack) {
    this.stack = stack;
  }

  /** What to type into dbt for the connection to each warehouse. */
  void addWarehouses(List<Warehouse> warehouses) {
    for (int i = 0; i < warehouses.size(); i++) {
      Warehouse warehouse = warehouses.get(i);
      String id = "Warehouse" + (i == 0 ? "" : i + 1);
      String connection = "dbt, connection to %s: ".formatted(warehouse.name());
      add(id + "Host", connection + "Host Name", warehouse.host());
      add(id + "Port", connection + "Port", Integer.toString(warehouse.port()));
      add(id + "Database", connection + "Database", warehouse.database());
    }
  }

  /** What to type into dbt for the tunnel, and the command that registers its key. */
  void addTunnel(Configuration configuration, Entrance entrance) {
    Configuration.Ssh ssh = configuration.ssh();
    add("TunnelHost", "dbt, SSH tunnel: Host Name", entrance.host());
    add(
        "AllowedAddresses",
        "Who may connect over SSH: connections from anywhere else time out",
        ssh.sources().stream().map(Cidr::toString).collect(Collectors.joining(",")));
    add("TunnelPort", "dbt, SSH tunnel: Port", Integer.toString(ssh.port()));
    add("TunnelUser", "dbt, SSH tunnel: Username", ssh.user());
    add(
        "TunnelAddresses",
        "The addresses that dbt's tunnel leads to: they stay",
        String.join(",", entrance.addresses()));
    add(
        "RegisterKeyCommand",
        "Registers a public key: put in the one that dbt shows",
        "scripts/register-key --name %s --label LABEL 'ssh-rsa AAAA...'"
            .formatted(configuration.name()));
  }

  /** What to call. */
  void addFunctions(KeyRegistryFunction registry, ConnectionCheckFunction check) {
    add(
        "KeyRegistryFunction",
        "The function that registers the public key that dbt shows",
        registry.function().invoked().getFunctionName());
    add(
        "ConnectionCheckFunction",
        "The function that checks the connection",
        check.function().invoked().getFunctionName());
  }

  /** What to attach to roles. */
  void addPolicies(PipelinePolicies policies) {
    add(
        "CheckPolicyArn",
        "A policy for pipelines: who has it may check, and see what to type into dbt",
        policies.check().getManagedPolicyArn());
    add(
        "RegisterKeysPolicyArn",
        "A policy for pipelines: who has it may register, list and revoke keys",
        policies.registerKeys().getManagedPolicyArn());
  }

  /** What to subscribe to. */
  void addTopic(Monitoring monitoring) {
    add("AlarmTopic", "Where alarms go", monitoring.topic().getTopicArn());
  }

  private void add(String id, String description, String value) {
    CfnOutput.Builder.create(stack, id).description(description).value(value).build();
  }
}
