/** "*.example.com" is for one label below it. */
export function coversHost(pattern: string, name: string): boolean {
  const [mine, other] = [pattern.toLowerCase(), name.toLowerCase()];
  if (mine === other) return true;
  const rest = mine.startsWith('*.') ? mine.slice(1) : undefined;
  return rest !== undefined && other.endsWith(rest) && !other.slice(0, -rest.length).includes('.');
}
