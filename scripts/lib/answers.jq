# The functions' answers, as a person reads them. Each takes the terminal's columns (0: do not wrap)
# and whether colours are wanted.

include "text";

def moment: if . == null then "never" else sub("T"; " ") | sub(":[0-9]{2}(\\.[0-9]+)?Z$"; "Z") end;

def mark($colours):
  if . == "passed" then "✓" | green($colours)
  elif . == "failed" then "✗" | red($colours)
  elif . == "warned" then "!" | yellow($colours)
  else "·" | dim($colours) end;

def hanging($indent; $columns):
  wrap(if $columns == 0 then 0 else [$columns - $indent, 30] | max end)
  | join("\n" + spaces($indent));

def stage($columns; $colours):
  28 as $indent
  | "  \(.status | mark($colours)) \(.stage | pad(13))" as $start
  | if .status == "skipped" then
      $start + ("skipped" | lpad(9) | dim($colours))
      + (if .detail then "  " + (.detail | clean | hanging($indent; $columns)) else "" end)
    else
      "\($start)\("\(.millis) ms" | lpad(9))  \(.detail | clean | hanging($indent; $columns))"
    end,
    if .code then
      spaces($indent) + (.code | bold($colours)),
      spaces($indent) + ("fix: " + (.remedy | clean) | hanging($indent + 5; $columns))
    else empty end;

# What became of many logins at once on one host.
def logins($columns; $colours):
  8 as $indent
  | (if .ok then "passed" else "failed" end | mark($colours)) + " "
    + ("\(.logins) logins at once\(if .host then " by \(.host)" else "" end)"
      | clean | bold($colours)),
    "  \(.accepted) accepted" + (if .millis then
      ": \(.millis.min) ms the fastest, median \(.millis.median) ms, 95 % within"
      + " \(.millis.p95) ms, \(.millis.max) ms the slowest"
      else "" end),
    (.dropped[]
      | "  \(.count) dropped: \(.detail | clean)",
        spaces($indent) + (.code | bold($colours)),
        spaces($indent) + ("fix: " + (.remedy | clean) | hanging($indent + 5; $columns))),
    "";

# What the audit found, likeliest cause first; nothing if there was no audit.
def audit($columns; $colours):
  28 as $indent
  | "  \("→" | yellow($colours)) \("audit" | pad(13))\(spaces(9))  " as $start
  | if . == null then empty
    elif . == [] then
      $start + ("finds nothing wrong with what AWS says of the way" | hanging($indent; $columns))
    else
      .[]
      | $start + (.detail | clean | hanging($indent; $columns)),
        spaces($indent) + (.code | bold($colours)),
        spaces($indent) + ("fix: " + (.remedy | clean) | hanging($indent + 5; $columns))
    end;

def check($columns; $colours):
  (.results | length) as $all
  | (.results | map(select(.ok)) | length) as $passed
  | (.results[]
      | (if .ok then "passed" else "failed" end | mark($colours)) + " "
        + ("\(.connection) · \(.route)\(if .host then " by \(.host)" else "" end)"
          | clean | bold($colours)),
        (.stages[] | stage($columns; $colours)),
        (.audit | audit($columns; $colours)),
        ""),
    (.logins // [] | .[] | logins($columns; $colours)),
    if $all == 0 then "Nothing was checked: no connection is configured."
    else
      "\($passed) of \($all) checks passed, in \(.millis) ms"
      | if $passed == $all then green($colours) else red($colours) end
    end;

def keys($columns; $colours):
  if .keys == [] then "No key is registered."
  else
    [["LABEL", "TYPE", "BITS", "FINGERPRINT", "REGISTERED", "EXPIRES", "LAST SEEN"]]
    + [.keys[] | [
        .label, .type, "\(.bits)", .fingerprint, (.registered | moment),
        (.expires | moment) + (if .expired then " (expired)" else "" end),
        (.lastSeen | moment)] | map(clean)]
    | table($colours)
  end;

# A field to a line, its value in a column.
def fields:
  to_entries
  | (map(.key | width) | max) as $widest
  | .[] | "  \(.key | clean | pad($widest))  \(.value | tostring | clean)";

def warning($columns; $colours):
  "  \("warned" | mark($colours)) \(.message | clean | hanging(4; $columns))",
  "    \(.code | bold($colours))",
  "    fix: \(.remedy | clean | hanging(9; $columns))";

# At the margin, as it is pasted; the file's own line ends.
def file($title; $colours):
  "", ($title | bold($colours)), (rtrimstr("\n") | split("\n")[] | clean);

def dbt_connection($columns; $colours):
  ("\(.connection) · method \(.method)" | clean | bold($colours)),
  (.fields | fields),
  (.warnings[] | warning($columns; $colours)),
  (.extendedAttributes // empty | file("extended attributes, in the dbt platform"; $colours)),
  (.profilesYml | file("profiles.yml, for dbt Core"; $colours)),
  (if .environmentVariables == {} then empty
    else "", ("environment variables" | bold($colours)), (.environmentVariables | fields) end),
  "";

def dbt_settings($columns; $colours):
  (.connections[] | dbt_connection($columns; $colours)),
  ("SSH tunnel" | bold($colours)),
  (.tunnel.fields | fields),
  (.tunnel.warnings[] | warning($columns; $colours)),
  "",
  if .keys == [] then "No key is registered: save the connection in dbt, and register what it shows."
  else
    [["DBT CONNECTION", "TYPE", "FINGERPRINT", "LAST SEEN"]]
    + [.keys[] | [
        .dbtConnection // "(the connection check)", .type, .fingerprint,
        (.lastSeen | moment) + (if .expired then " (expired)" else "" end)] | map(clean)]
    | table($colours)
  end;

def host($columns; $colours):
  ({applied: "passed", failed: "failed"}[.state] // "warned" | mark($colours)) as $mark
  | "  \($mark) \(.host | clean)  \(.state)"
    + (if .detail == "" then "" else "  " + (.detail | clean | hanging(8; $columns)) end);

# What became of a key, and how far the hosts are with it.
def change($columns; $colours):
  (.status == "not-registered") as $nothing
  | (if .ok then "passed" elif $nothing then "failed" else "warned" end | mark($colours))
    + " " + (.status | gsub("-"; " ") | bold($colours)) + "  " + .fingerprint
    + (if .type then "  \(.type) \(.bits)" else "" end),
    (if .label then "  label    \(.label | clean)" else empty end),
    (if .expires then "  expires  \(.expires | moment)" else empty end),
    (.hosts[] | host($columns; $colours)),
    (if .hosts == [] and ($nothing | not)
      then "  No host is running; the next one starts with the keys as they are now."
      else empty end);
