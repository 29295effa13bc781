#!/bin/sh
# Runs on the machine while an image with servers is built; $1 is the image's root. Servers wait for the test that wants
# them: two of them would fight for port 80, and every boot would wait for all.
set -eu
root=$1

for unit in nginx.service caddy.service postgresql.service pebble.service certbot.timer; do
  rm -f "$root"/etc/systemd/system/*.wants/"$unit"
done
