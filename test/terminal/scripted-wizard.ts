// The wizard over a scripted session, as a program of its own: what src/cli.ts does with a real one. PORTCULLIS_SCRIPT holds
// the script as JSON.
import { firstPaint } from '../../src/ui/first-paint.ts';
import { type Script, scriptedSession } from './scripted-session.ts';

const script = JSON.parse(process.env['PORTCULLIS_SCRIPT'] ?? '{}') as Script & { mode?: 'live' | 'dry-run' };
if (script.slow !== undefined) {
  const [now, slow] = [performance.now.bind(performance), script.slow];
  performance.now = () => now() / slow;
}
const mode = script.mode ?? 'live';
const target = 'ana@shop.example.com';
const terminal = firstPaint(target, { dryRun: mode === 'dry-run' });
const { runWizard } = await import('../../src/ui/index.tsx');
try {
  const code = await runWizard({
    target,
    mode,
    lease: script.lease ?? 90,
    terminal,
    guide: false,
    rememberGuide: async () => {},
    openSession: async (_target, ask, emit) => ({
      session: scriptedSession(script, ask, emit),
      answers: new Map(),
      without: new Set(),
    }),
    againLine: (command, name, ...more) => ['portcullis', command, name, ...more].join(' '),
    repeatLine: ({ target: name }) => `portcullis apply ${name} --yes`,
  });
  process.exit(code);
} catch (error) {
  process.stderr.write(`portcullis: ${(error as Error).message}\n`);
  process.exit(70);
}
