// Docker on hosts of the images "bookworm-docker" and "trixie-docker": Debian's own docker.io, real containers from a
// few files of the host itself. What Docker does with its chains is what is tested, so nothing here touches a ruleset.
import imageScript from './docker-image.sh?raw';
import type { Host } from './host-types.ts';

export interface ContainerRecipe {
  /** Its container's name, and what it answers over HTTP. */
  readonly name: string;
  /** As `docker run -p` takes them: "8080:80", "[::]:8086:80", "127.0.0.1:5432:80/tcp". */
  readonly publish: readonly string[];
  /** The port it listens on inside; 80 when left out. */
  readonly port?: number;
  readonly network?: string;
}

/** Makes the containers' image on the host once its Docker answers. Throws with Docker's words when it does not. */
export async function prepareDocker(host: Host): Promise<void> {
  await host.settled();
  await must(host, imageScript, []);
}

/** Starts a container that comes back after a restart of Docker or of the host. */
export async function startContainer(host: Host, recipe: ContainerRecipe): Promise<void> {
  const { name, publish, port = 80, network = 'bridge' } = recipe;
  const published = publish.flatMap((it) => ['-p', it]);
  // Process 1 of a container ignores SIGTERM; nobody waits ten seconds for it.
  const run = ['run', '-d', '--restart', 'always', '--stop-signal', 'SIGKILL'];
  const named = ['--name', name, '--hostname', name, '--network', network];
  await must(host, 'exec docker "$@" >/dev/null', [...run, ...named, ...published, 'lab-web', String(port)]);
}

async function must(host: Host, script: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await host.console(script, { args });
  if (code !== 0) throw new Error(`${host.name}: docker: ${stderr.trim()}`);
}
