# Certificates and the public halves of keys; never a key.
certificate() { # path
  s certificate
  printf '%s' "$1"
  [ -f "$1" ] || return 0
  s pem
  head -c 65536 -- "$1" | awk '/-----BEGIN (TRUSTED )?CERTIFICATE-----/ { on = 1 } on { print } /-----END (TRUSTED )?CERTIFICATE-----/ { on = 0 }'
  ! grep -q -e '-----BEGIN .*PRIVATE KEY-----' -- "$1" || s holds-key
}
key() { # path
  s key
  printf '%s' "$1"
  [ -f "$1" ] || return 0
  s key-stat
  stat -L -c '%a %u %g %G' -- "$1"
  if grep -q -e 'ENCRYPTED' -- "$1"; then
    s encrypted
  elif command -v openssl >/dev/null; then
    s public
    openssl pkey -in "$1" -pubout -passin pass: 2>/dev/null
  fi
}
