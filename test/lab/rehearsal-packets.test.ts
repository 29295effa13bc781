import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { diffManifests } from '../../src/lab/manifest.ts';
import type { Context } from '../../src/model/context.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { Transport } from '../../src/model/target.ts';
import { describeLab, useHost } from './harness.ts';
import { connectTo, planFor, rehearse, surveyOf, tableChange } from './plan-kit.ts';
import { changedTraces, traces } from './rehearsal-kit.ts';

/** A policy that drops; ssh for one address, 443 for anyone. */
function tableFor(address: string): string {
  return `table inet portcullis {
\tchain input {
\t\ttype filter hook input priority filter; policy drop;
\t\tct state established,related accept
\t\tiifname "lo" accept
\t\ticmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept
\t\tip saddr ${address} tcp dport 22 accept
\t\ttcp dport 443 accept
\t}
}
`;
}

/** "who family port: before > after", sorted. */
function rows(plan: Plan): readonly string[] {
  const word = (open: boolean) => (open ? 'open' : 'closed');
  return (plan.rehearsal?.packets ?? [])
    .map((it) => `${it.from} ${it.family} ${it.port}: ${word(it.before)} > ${word(it.after)}`)
    .sort();
}

await describeLab('packets in a rehearsal', () => {
  const host = useHost({ image: 'trixie' });
  let folder: string;
  let transport: Transport;
  let context: Context;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portcullis-packets-'));
    // What filters on this host already: a table of the host's own, which closes 443 over IPv6.
    await host().console(
      `nft 'table inet theirs { chain input { type filter hook input priority -10; policy accept; meta nfproto ipv6 tcp dport 443 drop; }; }'`,
    );
    transport = await connectTo(host(), { stateDir: folder });
    context = await surveyOf(transport);
  });
  afterAll(async () => {
    await transport.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('shows port by port who gets through, before and after, both families, and leaves nothing', async () => {
    const marks = await traces(host());
    const before = await host().manifest();
    const started = performance.now();
    const plan = await rehearse(transport, context, [tableChange(tableFor(host().operatorAddress))]);
    process.stderr.write(`lab: rehearsed in ${Math.round(performance.now() - started)} ms\n`);
    expect(diffManifests(before, await host().manifest())).toEqual([]);
    expect(changedTraces(marks, await traces(host()))).toEqual([]);
    expect(rows(plan), JSON.stringify(plan.rehearsal)).toEqual([
      'operator ipv4 22: open > open',
      'operator ipv4 443: open > open',
      'stranger ipv4 22: open > closed',
      'stranger ipv4 443: open > open',
      'stranger ipv6 22: open > closed',
      'stranger ipv6 443: closed > closed',
    ]);
    expect(plan.changes.map((one) => one.confidence)).toEqual(['rehearsed']);
    expect(plan.refusals).toEqual([]);
  });

  it('refuses rules that close the operator’s own way', async () => {
    const plan = await rehearse(transport, context, [tableChange(tableFor('198.51.100.99'))]);
    expect(plan.refusals.map((one) => one.guard)).toEqual(['guard.packets']);
    expect(plan.applyable).toBe(false);
  });

  it('is not called rehearsed where nft is not nft, or where no packet can be sent', async () => {
    const change = tableChange(tableFor(host().operatorAddress));
    await host().console(
      'mv /usr/sbin/nft /usr/sbin/nft.real && printf "#!/bin/sh\\necho fine\\n" >/usr/sbin/nft && chmod 755 /usr/sbin/nft',
    );
    const fake = await rehearse(transport, context, [change]);
    await host().console(
      'mv -f /usr/sbin/nft.real /usr/sbin/nft; for p in /usr/bin/ip /usr/sbin/ip; do [ ! -e $p ] || mv $p $p.away; done',
    );
    const without = await rehearse(transport, context, [change]);
    await host().console('for p in /usr/bin/ip /usr/sbin/ip; do [ ! -e $p.away ] || mv $p.away $p; done');
    expect(fake.changes[0]?.confidence, JSON.stringify(fake.rehearsal)).toBe('predicted');
    expect(without.changes[0]?.confidence, JSON.stringify(without.rehearsal)).toBe('validated');
    expect(without.rehearsal?.downgraded[0]?.reason).toContain('no ip');
  });

  it('believes no sshd that cannot be one, and says less where the place cannot be built', async () => {
    const wish = { kind: 'sshd-option', keyword: 'MaxAuthTries', values: ['4'] } as const;
    await host().console(
      'mv /usr/sbin/sshd /usr/sbin/sshd.real && printf "#!/bin/sh\necho fine\n" >/usr/sbin/sshd && chmod 755 /usr/sbin/sshd',
    );
    const fake = (await planFor(transport, context, [wish])).plan;
    await host().console('mv -f /usr/sbin/sshd.real /usr/sbin/sshd; mv /usr/bin/gzip /usr/bin/gzip.away');
    const smaller = (await planFor(transport, context, [wish])).plan;
    await host().console('mv /usr/bin/gzip.away /usr/bin/gzip');
    expect(fake.complete, JSON.stringify(fake.rehearsal)).toBe(false);
    expect(new Set(fake.changes.map((one) => one.confidence))).toEqual(new Set(['predicted']));
    expect(smaller.rehearsal).toMatchObject({ method: 'namespace', reason: 'the engine cannot be unpacked' });
    expect(new Set(smaller.changes.map((one) => one.confidence))).toEqual(new Set(['validated']));
    expect(smaller.applyable, smaller.notes.join('\n')).toBe(true);
  });

  it('asks sshd about the new files also where the engine dies on its way to them', async () => {
    const wish = { kind: 'sshd-option', keyword: 'MaxAuthTries', values: ['4'] } as const;
    const dying = gzipSync('rehearse_request() { : "$not_set_by_anybody"; }').toString('base64');
    const { plan, candidate } = await planFor(transport, context, [wish], dying);
    const seen = candidate?.kind === 'seen' ? candidate.stages[0]?.general['maxauthtries'] : undefined;
    expect(seen, JSON.stringify(candidate)).toEqual(['4']);
    expect(new Set(plan.changes.map((one) => one.confidence))).toEqual(new Set(['validated']));
  });
});
