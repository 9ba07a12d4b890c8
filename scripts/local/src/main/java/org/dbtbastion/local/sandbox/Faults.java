package org.dbtbastion.local.sandbox;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dbtbastion.standins.net.SilentPort;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.model.IpPermission;

/**
 * What can be done to a sandbox's security groups, host, address and host keys, and undone. Not for
 * several threads at once.
 */
public final class Faults {

  private static final List<String> HOST_KEYS =
      List.of("host-keys/ed25519.pub", "host-keys/rsa.pub");

  private final Sandbox sandbox;
  private final Map<String, List<IpPermission>> closed = new HashMap<>();
  private final Map<String, String> forgotten = new HashMap<>();
  private SilentPort silentSsh;

  Faults(Sandbox sandbox) {
    this.sandbox = sandbox;
  }

  /** Has this security group let nobody in. */
  void close(String securityGroup) {
    closed.put(securityGroup, sandbox.account().closeSecurityGroup(securityGroup));
  }

  /** Takes back every {@link #close(String)}. */
  void reopen() {
    closed.forEach(sandbox.account()::openSecurityGroup);
    closed.clear();
  }

  /** Closes the bastion's security group, and has its SSH port answer nobody. */
  void silenceBastion() {
    close(sandbox.stack().instance().securityGroups().getFirst().groupId());
    sandbox.machine().stopSshd();
    silentSsh =
        SilentPort.open(new InetSocketAddress(sandbox.machine().address(), sandbox.sshPort()));
  }

  /** Takes back {@link #silenceBastion}. */
  void endSilenceOfBastion() {
    if (silentSsh != null) {
      silentSsh.close();
    }
    sandbox.machine().startSshd();
    reopen();
  }

  /** Switches the bastion host off, as far as EC2 and dbt can see. */
  public void stopInstance() {
    sandbox.machine().stopSshd();
    try (Ec2Client ec2 = sandbox.account().client(Ec2Client.builder())) {
      ec2.stopInstances(request -> request.instanceIds(sandbox.machine().instanceId()));
    }
  }

  /** Takes back {@link #stopInstance}. */
  public void startInstance() {
    try (Ec2Client ec2 = sandbox.account().client(Ec2Client.builder())) {
      ec2.startInstances(request -> request.instanceIds(sandbox.machine().instanceId()));
    }
    sandbox.machine().startSshd();
  }

  /** Takes the Elastic IP from the bastion host. */
  void disassociate() {
    String allocation = sandbox.parameters().find("elastic-ip").orElseThrow().value();
    try (Ec2Client ec2 = sandbox.account().client(Ec2Client.builder())) {
      String association =
          ec2.describeAddresses(request -> request.allocationIds(allocation))
              .addresses()
              .getFirst()
              .associationId();
      ec2.disassociateAddress(request -> request.associationId(association));
    }
  }

  /** Takes back {@link #disassociate}. */
  void associateAgain() {
    String allocation = sandbox.parameters().find("elastic-ip").orElseThrow().value();
    try (Ec2Client ec2 = sandbox.account().client(Ec2Client.builder())) {
      ec2.associateAddress(
          request -> request.allocationId(allocation).instanceId(sandbox.machine().instanceId()));
    }
  }

  /** Takes the public host keys out of Parameter Store. */
  void forgetHostKeys() {
    for (String path : HOST_KEYS) {
      forgotten.put(path, sandbox.parameters().find(path).orElseThrow().value());
      sandbox.parameters().delete(path);
    }
  }

  /** Takes back {@link #forgetHostKeys}. */
  void storeHostKeysAgain() {
    forgotten.forEach(sandbox.parameters()::put);
    forgotten.clear();
  }
}
