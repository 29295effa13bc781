/** "2026-11-21 22:07:05" of Unix seconds; "unknown" for what is no time: it may come from a host. */
export function utc(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? 'unknown' : date.toISOString().slice(0, 19).replace('T', ' ');
}
