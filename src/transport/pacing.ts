// How often we may knock without logging in. Rules: OpenSSH ≥ 9.8 counts 1 s against an address for a visit that offers
// nothing and 5 s for a failed login, and closes the door when 15 s have gathered (they wear off in real time); so at most
// `burst` visits in a row and one more each `refill`, and after a refused login nothing for `afterRefusal`. A visit wears off
// before `refill` grants the next, so our worst is never more than the burst and one refused login: 6 + 5 s. Good logins cost
// nothing and are not held back.

export type PacingOptions = {
  readonly burst?: number;
  /** Milliseconds until one more visit is allowed. */
  readonly refill?: number;
  /** Milliseconds of silence after a refused login. */
  readonly afterRefusal?: number;
};

export type Pacing = {
  /** Resolves when a visit without credentials may be made, and counts it. */
  visit(): Promise<void>;
  /** The last visit met no sshd, so nobody counted it against us. */
  unmet(): void;
  /** Resolves when a login may be tried. */
  login(): Promise<void>;
  /** A login was refused just now. */
  refused(): void;
};

const DEFAULTS = { burst: 6, refill: 3_000, afterRefusal: 6_000 };

/** A token bucket; the clock is a parameter so that tests need not wait. */
export function makePacing(
  options: PacingOptions = {},
  clock: { now(): number; sleep(milliseconds: number): Promise<void> } = realClock,
): Pacing {
  const { burst, refill, afterRefusal } = { ...DEFAULTS, ...options };
  let tokens = burst;
  let counted = clock.now();
  let quietUntil = 0;
  let queue: Promise<void> = Promise.resolve();
  const login = async () => {
    const wait = quietUntil - clock.now();
    if (wait > 0) await clock.sleep(wait);
  };
  const visit = async () => {
    await login();
    const now = clock.now();
    tokens = Math.min(burst, tokens + (now - counted) / refill);
    counted = now;
    if (tokens < 1) {
      await clock.sleep((1 - tokens) * refill);
      tokens = 1;
      counted = clock.now();
    }
    tokens -= 1;
  };
  return {
    visit() {
      queue = queue.then(visit);
      return queue;
    },
    unmet() {
      tokens = Math.min(burst, tokens + 1);
    },
    login,
    refused() {
      quietUntil = clock.now() + afterRefusal;
    },
  };
}

const realClock = {
  now: () => performance.now(),
  sleep: (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds)),
};
