package org.dbtbastion.infra.keys;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dbtbastion.action.Action;
import org.dbtbastion.infra.configuration.BastionName;
import org.dbtbastion.infra.configuration.DeclaredKey;
import org.dbtbastion.infra.functions.BastionFunction;
import org.dbtbastion.infra.functions.RecurringInvocation;
import org.dbtbastion.infra.functions.Requests;
import org.dbtbastion.infra.permissions.Arns;
import org.dbtbastion.infra.permissions.Permission;
import software.amazon.awscdk.services.ssm.CfnDocument;
import software.amazon.awscdk.services.ssm.CfnParameter;
import software.constructs.Construct;
import software.constructs.IDependable;

/**
 * The function that registers, revokes and lists keys, and what it needs to make hosts apply them
 * at once. It runs outside the VPC: it calls AWS APIs only, and so it needs neither a NAT gateway
 * nor endpoints.
 */
public final class KeyRegistryFunction extends Construct {

  private static final List<Action> ACTIONS =
      List.of(Action.REGISTER_KEY, Action.REVOKE_KEY, Action.LIST_KEYS, Action.RENEW_CHECK_KEY);

  private static final Duration CHECK_KEY_RENEWAL = Duration.ofHours(1);

  private final List<IDependable> declaredKeys;
  private final BastionFunction function;
  private final RecurringInvocation renewal;

  /**
   * Puts the registry into a construct.
   *
   * @param shared what it has in common with the other function of the bastion
   * @param publicKeys the keys that the deployment itself registers
   */
  public KeyRegistryFunction(
      Construct scope, String id, BastionFunction.Shared shared, List<DeclaredKey> publicKeys) {
    super(scope, id);
    BastionName bastion = shared.bastion();
    declaredKeys = publicKeys.stream().<IDependable>map(key -> parameter(bastion, key)).toList();
    CfnDocument document = SyncDocument.in(this, bastion);
    function =
        new BastionFunction(
            this,
            "Function",
            new BastionFunction.Props(
                shared,
                bastion.keyRegistryFunction(),
                "Registers, revokes and lists the public keys that the bastion lets in",
                ACTIONS,
                Map.of("DBT_BASTION_SYNC_DOCUMENT", bastion.syncDocument()),
                Duration.ofMinutes(2),
                permissions(bastion),
                Optional.empty()));
    renewal =
        new RecurringInvocation(
            this,
            "CheckKeyRenewal",
            new RecurringInvocation.Props(
                bastion.stack() + "-" + Action.RENEW_CHECK_KEY.id(),
                "Keeps the key that the connection check logs in with",
                function.invoked(),
                CHECK_KEY_RENEWAL,
                Requests.of(Action.RENEW_CHECK_KEY),
                shared.missedRuns()));
    renewal.needs(document);
  }

  /** What is there for each key that the deployment itself registers; hosts let in these keys. */
  public List<IDependable> declaredKeys() {
    return declaredKeys;
  }

  /** The schedule that renews the check's key. */
  public RecurringInvocation renewal() {
    return renewal;
  }

  /** The function. */
  public BastionFunction function() {
    return function;
  }

  // Hosts see no difference between these and those that the function registers.
  private CfnParameter parameter(BastionName bastion, DeclaredKey key) {
    String hash = key.key().sha256Hex();
    return CfnParameter.Builder.create(this, "PublicKey-" + hash)
        .name(bastion.authorizedKeys() + "/" + hash)
        .description("Let in by the deployment: " + key.label())
        .type("String")
        .value(key.json())
        .build();
  }

  private List<Permission> permissions(BastionName bastion) {
    Arns arns = Arns.of(this);
    String keys = arns.parameter(bastion.authorizedKeys());
    String lastSeen = arns.parameter(bastion.lastSeen());
    String ownKeys = "one parameter for each key, below the bastion's own path";
    return List.of(
        Permission.allow(
                "ReadKeys", "ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath")
            .on(keys)
            .onAny(ownKeys, keys + "/*")
            .on(lastSeen)
            .onAny(ownKeys, lastSeen + "/*"),
        Permission.allow("WriteKeys", "ssm:DeleteParameter", "ssm:PutParameter")
            .onAny(ownKeys, keys + "/*"),
        Permission.allow("ForgetLastSeen", "ssm:DeleteParameter").onAny(ownKeys, lastSeen + "/*"),
        Permission.allow("RenewCheckKey", "ssm:GetParameter", "ssm:PutParameter")
            .on(arns.parameter(bastion.checkKey())),
        Permission.allow("SendOnlySyncKeys", "ssm:SendCommand")
            .on(arns.document(bastion.syncDocument())),
        Permission.allow("SendOnlyToHosts", "ssm:SendCommand")
            .onAny("hosts come and go; the condition is their tag", arns.instance("*"))
            .when(
                Map.of(
                    "StringEquals", Map.of("ssm:resourceTag/" + BastionName.TAG, bastion.value()))),
        Permission.allow("FollowHosts", "ec2:DescribeInstances", "ssm:GetCommandInvocation")
            .onAny("IAM knows neither resources nor conditions for the actions", "*"));
  }
}
