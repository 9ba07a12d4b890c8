package org.dbtbastion.aws;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dbtbastion.credentials.CredentialsSource;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;
import org.dbtbastion.wire.LenientJson;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.secretsmanager.model.DecryptionFailureException;
import software.amazon.awssdk.services.secretsmanager.model.InvalidRequestException;
import software.amazon.awssdk.services.secretsmanager.model.ResourceNotFoundException;
import software.amazon.awssdk.services.secretsmanager.model.SecretsManagerException;

/** Secrets in Secrets Manager; those that Redshift manages have the same fields and more. */
public final class SecretsManagerSecrets implements CredentialsSource.Secrets {

  private final AwsClients clients;

  public SecretsManagerSecrets(AwsClients clients) {
    this.clients = clients;
  }

  @Override
  public Attempt<Map<String, String>> read(String secret, List<String> fields, Deadline deadline) {
    try {
      String value =
          clients
              .secretsManager()
              .getSecretValue(
                  request ->
                      request.secretId(secret).overrideConfiguration(AwsClients.by(deadline)))
              .secretString();
      return read(value, fields);
    } catch (ResourceNotFoundException _) {
      return new Attempt.Failed<>(Code.SECRET_MISSING, "there is no secret " + secret);
    } catch (InvalidRequestException e) {
      // It is marked for deletion.
      return new Attempt.Failed<>(Code.SECRET_MISSING, AwsErrors.text(e));
    } catch (DecryptionFailureException e) {
      return new Attempt.Failed<>(Code.SECRET_UNREADABLE, AwsErrors.text(e));
    } catch (SecretsManagerException e) {
      return new Attempt.Failed<>(
          AwsErrors.isDenied(e) ? Code.SECRET_UNREADABLE : Code.CREDENTIALS_FAILED,
          AwsErrors.text(e));
    } catch (ApiCallTimeoutException _) {
      return new Attempt.Failed<>(Code.CREDENTIALS_TIMEOUT, "Secrets Manager did not answer");
    } catch (SdkException e) {
      return new Attempt.Failed<>(Code.CREDENTIALS_FAILED, AwsErrors.text(e));
    }
  }

  private static Attempt<Map<String, String>> read(String value, List<String> fields) {
    JsonNode json = LenientJson.read(value);
    if (!json.isObject()) {
      return new Attempt.Failed<>(Code.SECRET_MALFORMED, "the secret is not a JSON object");
    }
    Map<String, String> texts = new HashMap<>();
    List<String> missing = new ArrayList<>();
    for (String field : fields) {
      if (json.path(field).isTextual() && !json.path(field).textValue().isBlank()) {
        texts.put(field, json.path(field).textValue());
      } else {
        missing.add(field);
      }
    }
    return missing.isEmpty()
        ? new Attempt.Passed<>(texts, "read")
        : new Attempt.Failed<>(
            Code.SECRET_MALFORMED, "no text in the secret's field " + String.join(", ", missing));
  }
}
