// What each command's help says below its options: when to use it, what it leaves behind, an example. Rules: at most 80
// columns; only commands and flags that exist (test/docs.test.ts tries every example).

/** Below the options of `portcullis --help`. */
export const GUIDE = `
A first use:
  portcullis check root@shop.example.com   what is right; changes nothing
  portcullis plan  root@shop.example.com   every change as a diff; makes none
  portcullis       root@shop.example.com   asks, shows, applies, proves

TARGET is [user@]host[:port], ssh://…, a Host of your ssh_config, or local
(looking only).

Exit codes:
   0 fine, nothing to do             5 refused: it would lock you out
   1 error                           6 unreachable, host key or login refused
   2 changes pending (plan) or       7 stale: the host is not as planned
     controls failed (check)         8 locked by another run
   3 applied, not confirmed          9 taken back in part
   4 rolled back                    64 usage, or an invalid file or answer`;

/** Below the options of one command, by its name. */
export const AFTER: Readonly<Record<string, string>> = {
  harden: `
Walks through every step: explains, asks, shows the diff, applies when you type
"apply", proves, and keeps when you type "keep". Leaving is safe at any time:
what was not kept the host takes back by itself.
  portcullis harden --dry-run root@shop.example.com`,
  check: `
Ends with 0 when every control passes, else with 2. For a pipeline:
  portcullis check deploy@shop.example.com --format sarif --output report.sarif
  portcullis check deploy@shop.example.com --fail-under 90`,
  plan: `
Ends with 0 when there is nothing to do, 2 when there is, 5 when it would lock
you out. To have a plan reviewed and then apply exactly that:
  portcullis plan  root@shop.example.com --out plan.json
  portcullis apply root@shop.example.com --plan plan.json --yes`,
  apply: `
Never asks. Answers that decide who gets in must be given (--set, --answers):
  portcullis apply ana@shop.example.com --yes \\
    --set sshd.allow-users=ana,deploy --set sshd.root-login=no \\
    --set sshd.password-login=false
The host takes the change back by itself unless a new login proves it in time.
Taking back what was kept: portcullis rollback TARGET --yes`,
  confirm: `
Proves the change again over a new login, then keeps it. Works from the machine
and user that applied it, until the lease ends (portcullis status TARGET).`,
  status: `
Ends with 0 when nothing is open, with 3 while a change waits to be confirmed.
Tells first whether the host is locked down.`,
  history: `
Names the transactions that portcullis rollback takes with --to, --run and
--transaction. With one of them (or a run): every file three ways, as it was
before, as we wrote it, as it is now.`,
  rollback: `
An open change is taken back at once. Otherwise the last run is undone, as a
transaction of its own: armed, proved over a new login, kept. What somebody else
changed since is left as it is and listed (exit 9).
  portcullis rollback root@shop.example.com --dry-run`,
  lockdown: `
Ports of administration (sshd's, and the one you came by) answer only you and
--allow, over IPv4 and IPv6, in front of every other rule; sessions of others
are cut. Kept over reboots once a new login of yours works under it; your
silence before that takes it back, your silence after it opens nothing.
Needs nft on the host, and waits for no package.
  portcullis lockdown root@shop.example.com --reason 'key stolen' \\
    --allow 198.51.100.0/24 --ttl 2h --yes`,
  unlock: `
Ends with 0 when the host is not locked down. On the console, without this
program: sh /var/lib/portcullis/engine undo ID
  portcullis unlock root@shop.example.com --yes`,
  secrets: `
list and validate change nothing; validate ends with 2 when something is wrong.
generate gives a first value to what has none. rotate changes what is named: in
the file, in the services that use it (they restart) and in PostgreSQL, in one
transaction; kept only when the new value works and the old one no longer does.
New values are shown to nobody, unless you ask: --reveal shows them once, on a
screen that leaves nothing behind; --to-age with --output writes them to a file
that your key alone opens (age1…, or your ssh key).
Secrets are declared by name and file in a profile or answers, never by value:
  portcullis secrets root@shop.example.com validate \\
    --set 'secrets.inventory=DB_PASSWORD in /srv/app/.env for app.service'
  portcullis secrets root@shop.example.com rotate DB_PASSWORD --yes \\
    --answers shop.yaml --to-age ~/.ssh/id_ed25519.pub --output shop.age`,
  attest: `
What lies outside the host (a second factor at the provider, a restore that was
tried) is asked, and recorded on this machine for this host: who, when, until
when. It counts as attested, never as passed, and is out of the score.
  portcullis attest root@shop.example.com --list
  portcullis attest root@shop.example.com sshd.console-tried \\
    --reason 'logged in through the rescue console' --for 180d
  portcullis attest root@shop.example.com sshd.console-tried --withdraw`,
  waive: `
A control that fails, or cannot be judged, is left as it is: no plan touches it,
every report names it with who, why and until when (90 days unless told), and it
is out of the score. One that is critical is named beside every score.
  portcullis waive root@shop.example.com sshd.x11-forwarding \\
    --reason 'the accounting program needs it' --until 2027-03-31
  portcullis waive root@shop.example.com --list`,
  explain: `
Without a control it lists all of them.
  portcullis explain sshd.password-login`,
  demo: `
Needs root on Debian and boots a host that is gone when you leave. Without a
terminal: check, plan, apply, prove, roll back in lines.
  portcullis demo debian13`,
  completion: `
Into a file that your shell reads, for instance:
  portcullis completion bash >> ~/.bash_completion
  portcullis completion zsh > "\${fpath[1]}/_portcullis"
  portcullis completion fish > ~/.config/fish/completions/portcullis.fish`,
};
