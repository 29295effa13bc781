import { describe, expect, it } from 'vitest';
import type { DockerFact } from '../../../src/facts/network-values.ts';
import { known, unknown } from '../../../src/model/outcome.ts';
import type { ContainerPolicyResource } from '../../../src/model/resource.ts';
import { wantedGuard } from '../../../src/resources/container-policy.ts';
import { containerLinks } from '../../../src/resources/container-rules.ts';
import { isDatabase } from '../../../steps/firewall/databases.ts';
import { dockerControls } from '../../../steps/firewall/docker.ts';
import { contextOf } from '../../resources/contexts.ts';

const WEB = {
  container: 'web',
  image: 'shop/web:2',
  protocol: 'tcp',
  port: 443,
  lastPort: 443,
  containerPort: 8443,
} as const;
const DB = {
  container: 'db',
  image: 'postgres:17',
  protocol: 'tcp',
  port: 5432,
  lastPort: 5432,
  containerPort: 5432,
} as const;
const POLICY: ContainerPolicyResource['allow'] = [{ protocol: 'tcp', port: 443, from: 'everyone' }];

function fact(more: Partial<DockerFact>): DockerFact {
  return {
    ...{
      running: true,
      version: '26.1.5',
      rules: 'nft',
      ipv6Rules: false,
      userlandProxy: true,
      liveRestore: false,
    },
    ...{ published: [], bridges: ['docker0'], userChain: { ipv4: [], ipv6: [] }, outside: ['eth0'] },
    ...{ guard: null, files: [] },
    ...more,
  };
}

function judged(docker: DockerFact, policy = POLICY) {
  const context = contextOf({ readings: { docker: known(docker) } });
  return dockerControls(
    () => policy,
    () => true,
  ).map((control) => control.judge(context));
}

const guard = wantedGuard(POLICY, fact({}));

describe('what containers publish', () => {
  it('fails where nothing guards it, and says which port and how to bind it', () => {
    const published = [
      { ...WEB, address: '0.0.0.0' },
      { ...DB, address: '0.0.0.0' },
      { ...DB, address: '::' },
    ];
    const [databases, ports] = judged(fact({ published }));
    expect([databases?.result, ports?.result]).toEqual(['fail', 'fail']);
    expect(databases?.evidence).toEqual([
      'nothing stands between the network and what containers publish',
      'container db (postgres:17) publishes 5432/tcp on 0.0.0.0: everybody who reaches this host reaches it',
      'where only this host needs it, write in its compose file: ports: ["127.0.0.1:5432:5432"], then docker compose up -d db',
    ]);
    expect(ports?.evidence.join('\n')).not.toContain('web');
  });

  it('passes where our table is in the kernel as the policy says, and tells what it closes', () => {
    const [databases, ports] = judged(fact({ guard, published: [{ ...DB, address: '0.0.0.0' }] }));
    expect(databases).toEqual({
      result: 'pass',
      evidence: ['our table is loaded as the policy says', '5432/tcp of container db is closed to others'],
    });
    expect(ports?.result).toBe('pass');
  });

  it('fails where one rule of the table is gone, and where the policy itself opens a database', () => {
    const holed = fact({
      guard: guard.replace('\t\tdrop\n', ''),
      published: [{ ...DB, address: '0.0.0.0' }],
    });
    expect(judged(holed).map((one) => one.result)).toEqual(['fail', 'fail']);
    const policy: ContainerPolicyResource['allow'] = [{ protocol: 'tcp', port: 5432, from: 'everyone' }];
    const open = fact({ guard: wantedGuard(policy, fact({})), published: [{ ...DB, address: '0.0.0.0' }] });
    expect(judged(open, policy)[0]?.evidence[0]).toContain('and the policy says so');
  });

  it('is no matter while it is bound to this host alone, but tomorrow’s containers are', () => {
    const [databases, ports] = judged(fact({ published: [{ ...DB, address: '127.0.0.1' }] }));
    expect([databases?.result, ports?.result]).toEqual(['pass', 'fail']);
  });

  it('is unknown where Docker is stopped or could not be asked', () => {
    expect(judged(fact({ running: false }))[0]?.result).toBe('unknown');
    const context = contextOf({ readings: { docker: unknown('only root may ask Docker') } });
    expect(
      dockerControls(
        () => [],
        () => true,
      ).map((control) => control.judge(context).result),
    ).toEqual(['unknown', 'unknown']);
  });
});

describe('the table', () => {
  it('has one rule a source and port, and names no set of ports', () => {
    const allow: ContainerPolicyResource['allow'] = [
      { protocol: 'udp', port: 5060, to: 5070, from: ['10.0.0.0/8', '192.0.2.7', '2001:db8::/32'] },
    ];
    const rules = wantedGuard(allow, fact({}))
      .split('\n')
      .filter((line) => line.includes('proto-dst'));
    expect(rules.map((line) => line.trim())).toEqual(
      ['ip saddr 10.0.0.0/8', 'ip saddr 192.0.2.7', 'ip6 saddr 2001:db8::/32'].map(
        (source) => `ct status dnat ${source} meta l4proto udp ct original proto-dst 5060-5070 accept`,
      ),
    );
    expect(() => wantedGuard([{ protocol: 'tcp', port: 1, from: ['shop.example'] }], fact({}))).toThrow(
      RangeError,
    );
  });

  it('takes no link to the outside for a container’s', () => {
    expect(containerLinks(['docker0', 'br-0123456789ab', 'shop0'], ['eth0'])).toEqual([
      'docker0',
      'docker_gwbridge',
      'br-*',
      'shop0',
    ]);
    expect(containerLinks(['br-0123456789ab', 'docker0', 'br-lan'], ['br-lan'])).toEqual([
      'br-0123456789ab',
      'docker0',
    ]);
  });
});

it.each([
  [{ image: 'registry.example/bitnami/postgresql:16', containerPort: 15432 }, true],
  [{ image: 'redis', containerPort: 6379 }, true],
  [{ image: 'mine', containerPort: 3306 }, true],
  [{ image: 'shop/web', containerPort: 8080 }, false],
  [{ image: 'adminer', containerPort: 8080 }, false],
])('%o is a database: %s', (port, expected) => {
  expect(isDatabase(port)).toBe(expected);
});
