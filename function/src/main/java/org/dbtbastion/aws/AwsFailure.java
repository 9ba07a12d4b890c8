package org.dbtbastion.aws;

import java.util.Optional;
import software.amazon.awssdk.core.exception.SdkException;

/** Tells AWS's errors from others, for who must not know the SDK. */
public final class AwsFailure {

  private AwsFailure() {}

  /** What AWS said, if that is what was thrown. */
  public static Optional<String> text(Throwable thrown) {
    return thrown instanceof SdkException e ? Optional.of(AwsErrors.text(e)) : Optional.empty();
  }
}
