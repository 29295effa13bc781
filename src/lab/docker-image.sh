#!/bin/sh
# Runs inside a host: makes the container image "lab-web" from the host's own busybox. A container of it answers HTTP
# on the port in its first argument (80 when left out) with its own name.
set -eu
folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
mkdir "$folder/bin" "$folder/www" "$folder/tmp" "$folder/proc" "$folder/sys" "$folder/dev" "$folder/etc"
cp /bin/busybox "$folder/bin/"
ldd /bin/busybox | grep -o '/[^ ]*' | while read -r library; do
  mkdir -p "$folder${library%/*}"
  cp "$library" "$folder$library"
done
for tool in sh httpd hostname nc; do ln -s busybox "$folder/bin/$tool"; done
cat >"$folder/bin/serve" <<'EOT'
#!/bin/sh
hostname >/www/index.html
exec httpd -f -p "${1-80}" -h /www
EOT
chmod 0755 "$folder/bin/serve"
tar -C "$folder" -c . | docker import --change 'ENTRYPOINT ["/bin/serve"]' - lab-web >/dev/null
