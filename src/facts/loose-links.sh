# Where links lead: whoever may change a folder with a link in it, or one above it, chooses what the link leads to.

# only_roots FOLDER: it and all above it are root's, and nobody else may write there. No link is in its path.
only_roots() {
  or_at=$1
  while :; do
    case $(stat -c '%u %A' -- "$or_at" 2>/dev/null) in
      '0 d'????-??-?*) ;;
      *) return 1 ;;
    esac
    [ "$or_at" != / ] || return 0
    or_at=${or_at%/*}
    or_at=${or_at:-/}
  done
}

# loose_link PATH: the first folder on the way whose link somebody besides root may have made; nothing where there is none.
loose_link() {
  ll_at='' ll_rest=${1#/} ll_links=0
  while [ -n "$ll_rest" ]; do
    ll_one=${ll_rest%%/*}
    case $ll_rest in
      */*) ll_rest=${ll_rest#*/} ;;
      *) ll_rest='' ;;
    esac
    case $ll_one in
      '' | .) continue ;;
      ..) ll_at=${ll_at%/*} && continue ;;
    esac
    if [ ! -L "$ll_at/$ll_one" ]; then
      ll_at=$ll_at/$ll_one
      continue
    fi
    ll_links=$((ll_links + 1))
    if [ "$ll_links" -gt 40 ] || ! only_roots "${ll_at:-/}"; then
      printf %s "${ll_at:-/}"
      return 0
    fi
    ll_to=$(readlink -- "$ll_at/$ll_one") || return 0
    case $ll_to in /*) ll_at='' ;; esac
    ll_rest=$ll_to/$ll_rest
  done
}
