# Opens a section of the answer. N is random, per call and only in our environment, so no file content can forge it.
s() { printf '\n@%s %s\n' "$N" "$*"; }
