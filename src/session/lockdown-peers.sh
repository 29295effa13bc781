# Who has a connection to one of the ports in "$@", and which processes of sshd hold it: one line each, as ss tells it.
command -v ss >/dev/null || exit 3
filter=''
for port; do filter="$filter${filter:+ or }sport = :$port"; done
ss -Htnp state established "( $filter )"
