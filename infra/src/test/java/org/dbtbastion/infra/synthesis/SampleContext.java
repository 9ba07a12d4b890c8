package org.dbtbastion.infra.synthesis;

import java.util.HashMap;
import java.util.Map;

/** What a user gives, for tests. */
public final class SampleContext {

  /** The ARN of a secret. */
  public static final String SECRET =
      "arn:aws:secretsmanager:us-east-1:123456789012:secret:warehouse-Ab12Cd";

  /** A public key. */
  public static final String KEY =
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINsLNnic1IUTtEI9CRGqv4xPwZaJalzIwB7y0rJpDUei";

  /** One warehouse of which nothing is looked up, and defaults for all else. */
  public static final Map<String, Object> LEAST =
      Map.of(
          "vpcId", "vpc-0a1b2c3d4e5f60718",
          "endpoint", "analytics.abc123.us-east-1.redshift.amazonaws.com",
          "database", "analytics",
          "securityGroup", "sg-0a1b2c3d4e5f60718",
          "secret", SECRET,
          "dbtRegion", "jp1");

  private SampleContext() {}

  /** {@link #LEAST} with one value more, or another. */
  public static Map<String, Object> with(String key, Object value) {
    Map<String, Object> context = new HashMap<>(LEAST);
    context.put(key, value);
    return context;
  }
}
