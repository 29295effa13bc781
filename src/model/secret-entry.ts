// A secret as somebody declared it: where it stands, of which kind it is, who uses it, and what changing it does. Never its value.

/** Kinds of files that editors exist for. */
export type SecretFormat = 'env' | 'ini' | 'json' | 'yaml';

/**
 * safe: nobody notices. logs-out: sessions end. second-write: the same value must be written elsewhere, by hand. destroys: data is lost
 * or cannot be read any more. unsaid: nobody said, which is not "safe".
 */
export type RotationClass = 'safe' | 'logs-out' | 'second-write' | 'destroys' | 'unsaid';

/** Alphabet and length that new values have, and that old ones are measured by. */
export type SecretClass = {
  /** "base62-32", "hex-64", "base64-32": for base64 the number counts bytes, else characters. */
  readonly name: string;
  readonly alphabet: 'base62' | 'hex' | 'base64';
  readonly length: number;
};

export type SecretEntry = {
  /** How people name it; also its key where none is given. */
  readonly name: string;
  /** Absolute and literal. */
  readonly path: string;
  readonly format: SecretFormat;
  /** For ini "section.key" or "key"; for json and yaml keys and indexes joined by dots. */
  readonly key: string;
  readonly kind: SecretClass;
  readonly rotation: RotationClass;
  /** Services that read it when they start, "app.service". */
  readonly units: readonly string[];
  readonly containers: readonly string[];
  /** PostgreSQL role whose password it is; database to try it on, the role's name when left out. */
  readonly role?: { readonly name: string; readonly database: string };
};

/** A file with declared secrets: new values, lines that have no effect, mode and owner. All about one file become one change. */
export type SecretResource = {
  readonly kind: 'secret';
  /** As declared; a link is followed. */
  readonly path: string;
  /** Gets a new value; whatever uses it gets it too. */
  readonly fill?: SecretEntry;
  /** Loses the lines of its key that have no effect. */
  readonly drop?: SecretEntry;
  readonly owner?: { readonly mode: string; readonly uid: number; readonly gid: number };
};

/** A place in a file that a new value fills when the plan is applied. Nobody knows the value before. */
export type Hole = {
  /** Holes of the same name get the same value. */
  readonly name: string;
  readonly key: string;
  /** "base62-32", "hex-64", "base64-32". */
  readonly kind: string;
};

/**
 * A put-file whose content is made when the plan is applied: the text of before with its holes filled and without lines of `drop`
 * keys that have no effect. Never reaches the engine as such. Base: kind "keyed" or "absent".
 */
export type FillFile = {
  readonly kind: 'fill-file';
  readonly path: string;
  readonly format: SecretFormat;
  readonly holes: readonly Hole[];
  readonly drop: readonly string[];
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
};

/** What a role, or everybody, may do; or a role without login that reads, or reads and writes, in one database. */
export type DatabaseRight =
  | {
      readonly what: 'superuser' | 'createrole' | 'createdb' | 'bypassrls' | 'read' | 'write';
      readonly role: string;
    }
  /** Of everybody: to enter the database, to make temporary tables in it, to create in its schema public. */
  | { readonly what: 'connect' | 'temporary' | 'create'; readonly role?: undefined };

/** One of them is so (`to`) in PostgreSQL; the engine refuses when it was so before. Names: [a-z_][a-z0-9_-]*. No base. */
export type PostgresRight = DatabaseRight & {
  readonly kind: 'postgres-right';
  readonly port: number;
  readonly database: string;
  readonly to: boolean;
};

/** The password of a PostgreSQL role, as a SCRAM verifier in a content. `hole` names the value; `sha256` is there once it is filled. */
export type PostgresRole = {
  readonly kind: 'postgres-role';
  readonly role: string;
  readonly hole: string;
  readonly sha256?: string;
};
