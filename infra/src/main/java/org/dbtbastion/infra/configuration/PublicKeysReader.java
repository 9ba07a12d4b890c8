package org.dbtbastion.infra.configuration;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.dbtbastion.keys.Label;
import org.dbtbastion.keys.PublicKey;

/**
 * Reads the public keys that the deployment itself registers.
 *
 * @param context what they are read from
 */
record PublicKeysReader(ContextReader context) {

  private static final int LONGEST_SHOWN = 40;

  /** The keys, without those that something is wrong with. */
  List<DeclaredKey> read() {
    SequencedMap<String, DeclaredKey> keys = new LinkedHashMap<>();
    for (String element : context.list("publicKeys")) {
      read(element, keys);
    }
    return List.copyOf(keys.values());
  }

  private void read(String element, SequencedMap<String, DeclaredKey> keys) {
    if (element.contains(ContextReader.PRIVATE_KEY)) {
      context.refuse("publicKeys", element, "public keys, such as dbt shows", "");
      return;
    }
    int equals = element.indexOf('=');
    String shown =
        element.length() <= LONGEST_SHOWN ? element : element.substring(0, LONGEST_SHOWN) + "…";
    // A key's base64 has such signs at its end only.
    if (equals < 0 || element.substring(0, equals).contains(" AAAA")) {
      context.refuse(
          "publicKeys",
          shown,
          "a list of LABEL=KEY",
          "put the name of the dbt connection in front: prod-analytics=ssh-rsa AAAA…");
      return;
    }
    String label = element.substring(0, equals).strip();
    if (Label.parse(label) instanceof Label.Parsed.Refused(String detail)) {
      context.refuse("publicKeys", shown, detail, "correct the label");
      return;
    }
    switch (PublicKey.parse(element.substring(equals + 1))) {
      case PublicKey.Parsed.Accepted(PublicKey key, String _) -> {
        if (keys.putIfAbsent(key.sha256Hex(), new DeclaredKey(key, new Label(label))) != null) {
          context.refuse(
              "publicKeys", shown, "each key once", "leave out the second " + key.fingerprint());
        }
      }
      case PublicKey.Parsed.Refused(var code, String detail) ->
          context.refuse("publicKeys", label, detail, code.remedy());
    }
  }
}
