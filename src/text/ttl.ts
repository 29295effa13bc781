const UNITS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** "10m", "2h", "7d" → seconds; undefined for anything else, for less than `minimum` seconds and for more than a year. */
export function ttlSeconds(text: string, minimum = 60): number | undefined {
  const [, number, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (number === undefined) return undefined;
  const seconds = Number(number) * UNITS[unit as keyof typeof UNITS];
  return seconds >= minimum && seconds <= 365 * UNITS.d ? seconds : undefined;
}
