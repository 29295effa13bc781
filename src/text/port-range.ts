/** Whether "22", "ssh", "0:65535" or "1000-2000", as packet filters write ports, holds this port. */
export function coversPort(range: string, port: number): boolean {
  const [from, to] = (range === 'ssh' ? '22' : range).split(/[:-]/).map(Number);
  return from !== undefined && port >= from && port <= (to ?? from);
}
