package org.dbtbastion.aws;

import java.util.Optional;
import org.dbtbastion.text.Printable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;

/** AWS's errors as a report shows them. */
public final class AwsErrors {

  private AwsErrors() {}

  /** Whether the caller lacks the permission. */
  public static boolean isDenied(AwsServiceException e) {
    String code = e.awsErrorDetails() == null ? "" : e.awsErrorDetails().errorCode();
    // The second is EC2's.
    return code != null
        && (code.startsWith("AccessDenied") || code.equals("UnauthorizedOperation"));
  }

  /** What AWS said, if that is what was thrown; for callers that do not know the SDK. */
  public static Optional<String> find(Throwable thrown) {
    return thrown instanceof SdkException e ? Optional.of(text(e)) : Optional.empty();
  }

  /** Service, code and message of the error; the SDK's own message where no service answered. */
  public static String text(SdkException e) {
    if (e instanceof ApiCallTimeoutException) {
      return "AWS did not answer in time: is there a route to its APIs (NAT gateway or endpoints)?";
    }
    String text =
        switch (e) {
          case AwsServiceException service
              when service.awsErrorDetails() != null
                  && service.awsErrorDetails().errorCode() != null ->
              service.awsErrorDetails().serviceName()
                  + ": "
                  + service.awsErrorDetails().errorCode()
                  + ": "
                  + service.awsErrorDetails().errorMessage();
          case AwsServiceException service -> "AWS answered HTTP status " + service.statusCode();
          default -> String.valueOf(e.getMessage());
        };
    return Printable.message(text);
  }
}
