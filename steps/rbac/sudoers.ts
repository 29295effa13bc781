/** The head of every file of ours among sudo's rules. */
export const SUDOERS_HEADER = `# Written by portcullis. Change it with portcullis, or delete this file.
# To undo: "portcullis rollback HOST" from your own machine, or as root on this host: sh /var/lib/portcullis/engine status
`;
