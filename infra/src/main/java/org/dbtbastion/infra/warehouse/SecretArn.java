package org.dbtbastion.infra.warehouse;

import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The complete ARN of a secret in Secrets Manager.
 *
 * @param value the ARN, with the six characters that Secrets Manager puts at its end: an IAM
 *     statement without them matches nothing
 */
public record SecretArn(String value) {

  /** The form of such an ARN. */
  public static final Pattern SYNTAX =
      Pattern.compile(
          "arn:aws[a-z-]*:secretsmanager:([a-z0-9-]+):\\d{12}:secret:[A-Za-z0-9/_+=.@!-]+-[A-Za-z0-9]{6}");

  /** What {@link #SYNTAX} allows, in words. */
  public static final String ALLOWED =
      "the complete ARN of a secret, with the six characters at its end";

  /** How to find the ARN. */
  public static final String FIX =
      "print it: aws secretsmanager describe-secret --secret-id NAME --query ARN";

  public SecretArn {
    Objects.requireNonNull(value, "value");
    if (!SYNTAX.matcher(value).matches()) {
      throw new IllegalArgumentException("not the ARN of a secret: " + value);
    }
  }

  /** The AWS region that the secret is in. */
  public String region() {
    Matcher arn = SYNTAX.matcher(value);
    if (!arn.matches()) {
      throw new AssertionError(value);
    }
    return arn.group(1);
  }

  @Override
  public String toString() {
    return value;
  }
}
