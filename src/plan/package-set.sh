# What apt would do to install the packages "$@": its simulation, then the files it would fetch. Reads only: no cache, no log
# of the planner, no lock, no network. Each part is "VERB CODE" and then its lines behind "| ".
ask() {
  verb=$1
  shift
  said=$(timeout 60 apt-get -q -y -o APT::Install-Recommends=false -o APT::Install-Suggests=false -o Dir::Cache::pkgcache= \
    -o Dir::Cache::srcpkgcache= -o Dir::Log::Planner=/dev/null --no-remove "$@" 2>&1 </dev/null)
  echo "$verb $?"
  printf '%s\n' "$said" | sed 's/^/| /'
}
command -v apt-get >/dev/null || { echo 'NONE 0' && exit 0; }
ask SIMULATED --simulate install "$@"
ask FILES --print-uris install "$@"
echo 'END 0'
