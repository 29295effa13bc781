// Rules: a secret cannot print itself by any ordinary means; it is opened only inside src/transport and src/lab, where a
// file is filled with it (src/session/fill-secrets.ts), and where it is handed to an operator who asked (src/cli/hand-over, the screen and
// the lines of the wizard);
// it lives in a Buffer, so that it can be wiped; two secrets are compared in constant time.
import { timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';

const MASK = '•••';

/** A value that must not be shown: string conversion, JSON and inspection all give "•••". */
export class Secret {
  readonly #bytes: Buffer;

  constructor(value: string | Uint8Array) {
    this.#bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : Buffer.from(value);
  }

  /** Length in bytes; safe to show. */
  get length(): number {
    return this.#bytes.length;
  }

  /** Whether it can be given as a line of its own; safe to show. */
  get oneLine(): boolean {
    return !this.#bytes.includes(0x0a);
  }

  /** The bytes themselves. Callers outside src/transport and src/lab are refused by the architecture test. */
  open(): Buffer {
    return this.#bytes;
  }

  equals(other: Secret): boolean {
    return this.#bytes.length === other.#bytes.length && timingSafeEqual(this.#bytes, other.#bytes);
  }

  /** Best effort: V8 may hold copies elsewhere. */
  wipe(): void {
    this.#bytes.fill(0);
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [Symbol.toPrimitive](): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}
