# Opens a section of the answer. N is random, per call and in no environment of what is started here, so no file content can forge it.
s() { printf '\n@%s %s\n' "$N" "$*"; }
