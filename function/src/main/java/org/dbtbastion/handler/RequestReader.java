package org.dbtbastion.handler;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.dbtbastion.action.Action;
import org.dbtbastion.check.Options;
import org.dbtbastion.keys.Fingerprint;
import org.dbtbastion.keys.Label;
import org.dbtbastion.keys.PublicKey;
import org.dbtbastion.problem.Problem;
import org.dbtbastion.registry.CheckKeyRenewal;
import org.dbtbastion.registry.Registration;
import org.dbtbastion.report.Route;
import org.dbtbastion.text.Kebab;
import org.dbtbastion.wire.Fields;

/** Reads requests, and reports all problems of one at once. Thread-safe. */
final class RequestReader {

  private static final int MAXIMUM_BYTES = 256 * 1024;

  private static final ObjectMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(20).build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  // Messages that quote the request would carry a pasted private key into logs.
                  .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final Set<Action> offered;
  private final Function<Optional<Instant>, Optional<Registration.Refused>> expiryRefusal;

  /**
   * @param offered the actions that this function answers
   * @param expiryRefusal what the registry says against an expiry now
   */
  RequestReader(
      Set<Action> offered,
      Function<Optional<Instant>, Optional<Registration.Refused>> expiryRefusal) {
    this.offered = EnumSet.copyOf(offered);
    this.expiryRefusal = expiryRefusal;
  }

  /**
   * Reads a request.
   *
   * @throws RequestRefused with all of its problems
   */
  Request read(InputStream input) throws IOException {
    Fields fields = new Fields(parse(input.readNBytes(MAXIMUM_BYTES + 1)));
    Optional<Action> action =
        fields
            .required("action", JsonNode::isTextual, "text")
            .flatMap(node -> action(fields, node.textValue()));
    Optional<Request> request =
        action.flatMap(
            known ->
                switch (known) {
                  case REGISTER_KEY -> registerKey(fields);
                  case REVOKE_KEY -> revokeKey(fields);
                  case LIST_KEYS -> Optional.of(new Request.ListKeys());
                  case RENEW_CHECK_KEY -> Optional.of(new Request.RenewCheckKey());
                  case CHECK -> check(fields);
                  case DBT_SETTINGS -> dbtSettings(fields);
                });
    if (action.isPresent()) {
      fields.refuseOthers(action.get().id());
    }
    fields.throwIfAny(RequestRefused::new);
    return request.orElseThrow();
  }

  private static JsonNode parse(byte[] bytes) {
    if (bytes.length > MAXIMUM_BYTES) {
      throw refused("request-too-large", "It has more than " + MAXIMUM_BYTES + " bytes.");
    }
    JsonNode json;
    try {
      json = JSON.readTree(bytes);
    } catch (StreamConstraintsException _) {
      throw refused(
          "request-too-large", "It is nested too deeply, or has too long a name or number.");
    } catch (JsonProcessingException e) {
      String where =
          e.getLocation() == null
              ? ""
              : " at line "
                  + e.getLocation().getLineNr()
                  + ", column "
                  + e.getLocation().getColumnNr();
      String what =
          e.getOriginalMessage() != null && e.getOriginalMessage().startsWith("Duplicate field")
              ? "It has the same field twice"
              : "It is not JSON";
      throw refused("request-not-json", what + where + ".");
    } catch (IOException _) {
      throw refused("request-not-json", "It is not text in UTF-8.");
    }
    if (json == null || !json.isObject()) {
      throw refused("request-not-json", "It is not a JSON object.");
    }
    return json;
  }

  private static RequestRefused refused(String code, String message) {
    return new RequestRefused(
        List.of(
            new Problem(
                "request",
                code,
                message,
                "Send one JSON object with an action, such as {\"action\":\"list-keys\"}.")));
  }

  private Optional<Action> action(Fields fields, String id) {
    Optional<Action> known = Kebab.find(Action.class, id);
    if (known.isPresent() && offered.contains(known.get())) {
      return known;
    }
    String offers = offered.stream().map(Action::id).collect(Collectors.joining(", "));
    if (known.isEmpty()) {
      fields.problem(
          "action",
          "action-unknown",
          "There is no action " + Fields.quoted(id) + ".",
          "Use one of: " + offers + ".");
    } else {
      fields.problem(
          "action",
          "action-not-offered",
          "This function does not answer " + id + ".",
          "It answers " + offers + "; invoke the deployment's other function for " + id + ".");
    }
    return Optional.empty();
  }

  private Optional<Request> registerKey(Fields fields) {
    Optional<PublicKey> key = fields.text("publicKey").flatMap(text -> publicKey(fields, text));
    Optional<Label> label = fields.text("label").flatMap(text -> label(fields, text));
    Optional<Optional<Instant>> expires =
        fields.has("expiresAt")
            ? fields.text("expiresAt").flatMap(text -> expiry(fields, text)).map(Optional::of)
            : Optional.of(Optional.empty());
    if (key.isEmpty() || label.isEmpty() || expires.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(new Request.RegisterKey(key.get(), label.get(), expires.get()));
  }

  private static Optional<PublicKey> publicKey(Fields fields, String text) {
    return switch (PublicKey.parse(text)) {
      case PublicKey.Parsed.Accepted(PublicKey key, String _) -> Optional.of(key);
      case PublicKey.Parsed.Refused(var problem, String detail) -> {
        fields.problem("publicKey", problem.code(), detail, problem.remedy());
        yield Optional.empty();
      }
    };
  }

  private static Optional<Label> label(Fields fields, String text) {
    return switch (Label.parse(text)) {
      case Label.Parsed.Accepted(Label label) when label.equals(CheckKeyRenewal.LABEL) -> {
        fields.problem(
            "label",
            "label-reserved",
            "The label " + label + " belongs to the check's own key.",
            "Choose another label.");
        yield Optional.empty();
      }
      case Label.Parsed.Accepted(Label label) -> Optional.of(label);
      case Label.Parsed.Refused(String detail) -> {
        fields.problem(
            "label",
            "label-invalid",
            detail,
            "Name the dbt connection that the key belongs to, such as prod-analytics.");
        yield Optional.empty();
      }
    };
  }

  private Optional<Instant> expiry(Fields fields, String text) {
    Instant moment;
    try {
      moment = Instant.parse(text);
    } catch (DateTimeParseException _) {
      fields.problem(
          "expiresAt",
          "expiry-malformed",
          Fields.quoted(text) + " is no moment.",
          "Write it in UTC as ISO 8601 has it: 2027-01-31T00:00:00Z.");
      return Optional.empty();
    }
    Optional<Registration.Refused> refused = expiryRefusal.apply(Optional.of(moment));
    refused.ifPresent(refusal -> fields.problem(problem(refusal)));
    return refused.isPresent() ? Optional.empty() : Optional.of(moment);
  }

  /** An expiry that the registry refuses. */
  static Problem problem(Registration.Refused refused) {
    return new Problem(
        "expiresAt", refused.code().code(), refused.detail(), refused.code().remedy());
  }

  private static Optional<Request> revokeKey(Fields fields) {
    return fields
        .text("fingerprint")
        .flatMap(
            text -> {
              Optional<Fingerprint> fingerprint = Fingerprint.parse(text);
              if (fingerprint.isEmpty()) {
                fields.problem(
                    "fingerprint",
                    "fingerprint-malformed",
                    Fields.quoted(text) + " is no fingerprint.",
                    "Give " + Fingerprint.EXPECTED + "; list-keys shows them.");
              }
              return fingerprint;
            })
        .map(Request.RevokeKey::new);
  }

  private static Optional<Request> dbtSettings(Fields fields) {
    return Optional.of(
        new Request.DbtSettings(
            fields.has("connection") ? fields.text("connection") : Optional.empty()));
  }

  private static Optional<Request> check(Fields fields) {
    Selection connections = Selection.read(fields);
    Set<Route> routes = EnumSet.allOf(Route.class);
    if (fields.has("routes")) {
      Set<String> wanted = fields.texts("routes").orElse(Set.of());
      routes.removeIf(route -> !wanted.contains(route.id()));
      String known = Arrays.stream(Route.values()).map(Route::id).collect(Collectors.joining(", "));
      for (String route : wanted) {
        if (routes.stream().noneMatch(each -> each.id().equals(route))) {
          fields.problem(
              "routes",
              "route-unknown",
              "There is no route " + Fields.quoted(route) + ".",
              "Use one or more of: " + known + ".");
        }
      }
    }
    Options options = OptionFields.read(fields, routes);
    return Optional.of(
        new Request.Check(
            connections,
            routes,
            options,
            fields.flag("failOnError", false),
            fields.flag("audit", false)));
  }
}
