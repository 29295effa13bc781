# Where names lead, by this host's own resolver; asked only about names that are to get a certificate.
unset N
# shellcheck disable=SC2034 # sections.sh opens with it
IFS= read -r N || exit 1
LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
for name in "$@"; do
  s name
  printf '%s' "$name"
  s leads
  timeout 8 getent ahosts "$name" | awk '{ print $1 }' | sort -u
done
s end
