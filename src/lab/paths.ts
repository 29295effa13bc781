import { join } from 'node:path';

/** Where images and running hosts keep their files: outside any checkout, shared by every process of this machine. */
export interface LabPaths {
  readonly cache: string;
  readonly images: string;
  /** Overlay directories of running hosts; same file system as the images. */
  readonly hostData: string;
  /** One directory per running host; making it is the atomic claim on its subnet. */
  readonly hostRecords: string;
  readonly locks: string;
}

/** Reads XDG_CACHE_HOME and PORTCULLIS_LAB_CACHE from the given environment. */
export function labPaths(environment: NodeJS.ProcessEnv = process.env): LabPaths {
  const shared = environment.XDG_CACHE_HOME;
  const cache =
    environment.PORTCULLIS_LAB_CACHE ??
    (shared ? join(shared, 'portcullis-lab') : '/var/cache/portcullis-lab');
  return {
    cache,
    images: join(cache, 'images'),
    hostData: join(cache, 'hosts'),
    hostRecords: '/run/portcullis-lab/hosts',
    locks: '/run/portcullis-lab/locks',
  };
}
