package org.dbtbastion.standins.iam;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The account's roles with their policies, as CloudFormation or a person left them in moto. They
 * are read once, until {@link #forget}. Safe for use by several threads.
 */
final class Roles {

  // Of roles that CloudFormation made, moto gives documents out as Python prints them.
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(JsonReadFeature.ALLOW_SINGLE_QUOTES).build();

  private final MotoQueries moto;
  private final Map<String, Role> roles = new ConcurrentHashMap<>();

  /**
   * A role.
   *
   * @param trust who may assume it
   * @param policies its own policies and those that are attached, by name
   */
  record Role(JsonNode trust, Map<String, JsonNode> policies) {}

  Roles(MotoQueries moto) {
    this.moto = moto;
  }

  /**
   * The role of this name.
   *
   * @throws IllegalArgumentException if there is none
   */
  Role named(String name) {
    return roles.computeIfAbsent(name, this::read);
  }

  /** Policies may have changed. */
  void forget() {
    roles.clear();
  }

  private Role read(String name) {
    Map<String, String> role = Map.of("RoleName", name);
    JsonNode trust =
        document(moto.texts("iam", "GetRole", role, "//AssumeRolePolicyDocument").getFirst());
    Map<String, JsonNode> policies = new TreeMap<>();
    for (String policy : moto.texts("iam", "ListRolePolicies", role, "//PolicyNames/member")) {
      policies.put(
          policy,
          document(
              moto.texts(
                      "iam",
                      "GetRolePolicy",
                      Map.of("RoleName", name, "PolicyName", policy),
                      "//PolicyDocument")
                  .getFirst()));
    }
    for (String arn : moto.texts("iam", "ListAttachedRolePolicies", role, "//PolicyArn")) {
      policies.put(arn.substring(arn.lastIndexOf('/') + 1), attached(arn));
    }
    return new Role(trust, policies);
  }

  private JsonNode attached(String arn) {
    String version =
        moto.texts("iam", "GetPolicy", Map.of("PolicyArn", arn), "//DefaultVersionId").getFirst();
    return document(
        moto.texts(
                "iam",
                "GetPolicyVersion",
                Map.of("PolicyArn", arn, "VersionId", version),
                "//Document")
            .getFirst());
  }

  /** IAM gives documents out as in a URL. */
  private static JsonNode document(String text) {
    try {
      return JSON.readTree(
          text.startsWith("%") ? URLDecoder.decode(text, StandardCharsets.UTF_8) : text);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
