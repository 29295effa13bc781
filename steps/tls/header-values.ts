// Security headers that can be asked for: what we send, and what of others is as good.

type Wanted = { readonly value: string; readonly isFine: (value: string) => boolean };

const REFERRER = ['no-referrer', 'same-origin', 'strict-origin', 'strict-origin-when-cross-origin'];

export const HEADERS: Readonly<Record<string, Wanted>> = {
  'X-Content-Type-Options': { value: 'nosniff', isFine: (value) => value === 'nosniff' },
  'Referrer-Policy': {
    value: 'strict-origin-when-cross-origin',
    isFine: (value) => REFERRER.includes(value.split(',').at(-1)?.trim() ?? ''),
  },
  'X-Frame-Options': { value: 'SAMEORIGIN', isFine: (value) => /^(deny|sameorigin)$/.test(value) },
  'Permissions-Policy': {
    value: 'camera=(), microphone=(), geolocation=()',
    isFine: (value) => value !== '',
  },
  'Cross-Origin-Opener-Policy': { value: 'same-origin', isFine: (value) => value.startsWith('same-origin') },
};
