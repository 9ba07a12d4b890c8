package org.dbtbastion.handler;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.dbtbastion.dbt.Profile;
import org.dbtbastion.dbt.Tunnel;
import org.dbtbastion.dbt.Warning;
import org.dbtbastion.registry.CheckKeyRenewal;
import org.dbtbastion.registry.ListedKey;

/** What to type into dbt, as it goes over the wire. */
final class DbtSettingsAnswer {

  private static final ObjectMapper JSON = new ObjectMapper();

  private DbtSettingsAnswer() {}

  /**
   * @param keys a key's label says which dbt connection it belongs to
   */
  static ObjectNode of(List<Profile> connections, Tunnel tunnel, List<ListedKey> keys) {
    ObjectNode answer = Answers.answer(true);
    var list = answer.putArray("connections");
    for (Profile profile : connections) {
      ObjectNode json = list.addObject();
      json.put("connection", profile.name());
      json.put("method", profile.method());
      json.set("fields", JSON.valueToTree(profile.fields()));
      profile.extendedAttributes().ifPresent(yaml -> json.put("extendedAttributes", yaml));
      json.put("profilesYml", profile.profilesYml());
      ObjectNode variables = json.putObject("environmentVariables");
      profile.environment().forEach(variables::put);
      putWarnings(json, profile.warnings());
    }
    ObjectNode json = answer.putObject("tunnel");
    json.set("fields", JSON.valueToTree(tunnel.fields()));
    putWarnings(json, tunnel.warnings());
    var registered = answer.putArray("keys");
    for (ListedKey listed : keys) {
      ObjectNode key = registered.addObject();
      String label = listed.key().label();
      if (!label.equals(CheckKeyRenewal.LABEL.text())) {
        key.put("dbtConnection", label);
      }
      Answers.put(key, listed);
    }
    return answer;
  }

  private static void putWarnings(ObjectNode json, List<Warning> warnings) {
    var list = json.putArray("warnings");
    for (Warning warning : warnings) {
      list.addObject()
          .put("code", warning.code())
          .put("message", warning.message())
          .put("remedy", warning.remedy());
    }
  }
}
