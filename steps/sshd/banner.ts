// Rules: the notice is judged by its text, wherever it stands; ours goes where Debian keeps the text for network logins.
import { answerOf, type Context } from '../../src/model/context.ts';
import type { Control } from '../../src/model/control.ts';
import { effectiveOf, sshdOf } from '../../src/resources/sshd.ts';
import { keyLogin } from './operator.ts';
import { cis, sshdMayBeThere, unreadable } from './option-control.ts';
import { banner as question } from './questions.ts';

const NOTICE_FILE = '/etc/issue.net';

function noticeText(context: Context): string {
  const text = String(answerOf(question, context));
  return text === '' ? '' : `${text}\n`;
}

export const banner: Control = {
  id: 'sshd.banner',
  title: 'A notice before login that does not tell what runs here',
  severity: 'low',
  why: 'Some laws ask for a notice; the stock text names the system and its version.',
  references: cis('5.1.5', '5.1.5'),
  reads: 'sshd -T: Banner; the text of that file',
  mayBreak: 'Scripts that take text before login for an answer.',
  applies: (context) => sshdMayBeThere(context) && noticeText(context) !== '',
  judge: (context) => {
    const cannot = unreadable(context);
    if (cannot !== undefined) return cannot;
    const path = effectiveOf(context, 'Banner')?.[0] ?? 'none';
    if (path === 'none') return { result: 'fail', evidence: ['no notice is shown'] };
    const named = sshdOf(context)?.named.find((one) => one.path === path);
    if (named?.exists === false)
      return { result: 'fail', evidence: [`${path} is not there, so no notice is shown`] };
    const file = sshdOf(context)?.banners?.find((one) => one.path === path || one.realPath === path);
    if (file === undefined) return { result: 'unknown', evidence: [`the text of ${path} was not read`] };
    const telling = /debian|ubuntu|linux|\\[mnrsv]/i.exec(file.text);
    if (telling !== null) return { result: 'fail', evidence: [`${path} says "${telling[0]}"`] };
    return file.text.trim() === ''
      ? { result: 'fail', evidence: [`${path} is empty`] }
      : { result: 'pass', evidence: [`${path} is shown before login`] };
  },
  remedy: (context) => [
    { kind: 'file', path: NOTICE_FILE, content: noticeText(context), mode: '0644', uid: 0, gid: 0 },
    { kind: 'sshd-option', keyword: 'Banner', values: [NOTICE_FILE] },
  ],
  proofs: (context) => [
    ...keyLogin(context),
    {
      id: 'sshd.effective.banner',
      title: `Banner is ${NOTICE_FILE}`,
      viewpoint: 'inside',
      expect: 'works',
      check: { kind: 'sshd-effective', keyword: 'Banner', value: NOTICE_FILE },
    },
  ],
};
