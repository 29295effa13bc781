/** True when a person sits at this terminal and may be asked. */
export function interactive(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}
