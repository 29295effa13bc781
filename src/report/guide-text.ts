// The plain words of the first-time mode, one home for the full screen and for lines. Rules: for somebody who never hardened a
// server; most wanted sentence first, and short, because a small window shows only that; what is told is true on every host.

export const GUIDE = {
  target: [
    'The host is the server to protect: type how you log in there, as in root@203.0.113.7.',
    'Looking changes nothing; nothing is changed before you type the word apply.',
  ],
  connect: [
    'Portcullis logs in as you would, with your own ssh, keys and agent.',
    'It only reads until you type the word apply.',
  ],
  discover: [
    'The host is read once: settings, accounts, ports, services. Nothing is changed by that.',
    'Then each step shows what is right, what is not, and what it would do about it.',
  ],
  system: [
    'This is what was found. Enter goes on to the steps.',
    'Each step is a room: what it is about, a few questions, what is right and what is not.',
  ],
  about: [
    '↓ goes through questions and findings. Nothing is changed by looking.',
    'Tab goes to the next step. When all look right, press a: what was chosen in all of them is applied, once you typed a word.',
  ],
  'about the only step': [
    '↓ goes through questions and findings. Nothing is changed by looking.',
    'When all looks right, press a: what was chosen is applied, once you typed a word.',
  ],
  'risky question': [
    'This decides who gets in. An answer that would shut you out is refused.',
    'Keep what is proposed if you are unsure: it comes from what was seen on the host. Enter changes it.',
  ],
  question: [
    'Keep what is proposed if you are unsure: it comes from what was seen on the host.',
    'Enter changes it, and the plan is made anew.',
  ],
  'fails, in the plan': [
    'This is not as it should be; [x] says that the plan puts it right.',
    'Space leaves it out. x tells all about it: why, what may break, how it is undone.',
  ],
  'fails, left out': ['You left this out, so the plan does not touch it. Space takes it in again.'],
  'fails, yours': ['This is not as it should be, and is left to you: what to do stands below.'],
  unknown: ['What was read does not tell, so it does not count as right. x says what is looked at.'],
  notchecked: [
    'No tool can see this; only you know. It costs no points.',
    't records that it is so, w that it may stay open.',
  ],
  waived: ['Somebody accepted this as it is, with a reason and a last day. It is left out of the score.'],
  right: ['This is as it should be: there is nothing to do.'],
  idle: ['These are about things that this host does not have.'],
  note: ['Read this before you apply: it names what, or whom, the plan touches.'],
  refusal: [
    'This plan might take your own way in, so it cannot be applied.',
    'Change the answer that it names; the plan is made anew.',
  ],
  change: ['One thing that the plan will do; nothing is done yet. d shows every change line by line.'],
  table: ['Each row is one entry of the answer. Nothing is taken before you press t.'],
  view: ['What the step sees on the host. Nothing can be changed here; Esc goes back.'],
  diff: [
    'Lines with + come, lines with - go. Nothing of it is done yet.',
    'n and p go from change to change, a goes on to applying, Esc goes back.',
  ],
  ready: [
    'Nothing has happened yet: it begins when you type apply and press Enter.',
    'A mistake costs you the change, not your way in: the host puts every byte back unless your word comes.',
  ],
  history: [
    'Runs and their parts, newest first. Enter shows what undoing one would do; nothing starts by that.',
  ],
  undo: ['Undoing is a change like any other: proved, and kept only by your word.'],
  open: ['A change is still waiting for a word there. If none comes, the host takes it back by itself.'],
  applying: [
    'The host works by itself now. If the connection breaks, wait: it takes the change back.',
    'A proof is a try: what should work works, and what should not does not.',
  ],
  decide: [
    'Try what matters to you now, such as a login from another window; then type keep.',
    'If you do nothing and leave, the host takes it back by itself.',
  ],
  kept: [
    'It stays now, also over a reboot. u takes the whole run back, byte for byte.',
    'c reads the host again and shows what is still open; q leaves.',
  ],
  ended: ['c reads the host again and shows how it is now; q leaves.'],
  failed: ['A change that was open is taken back by the host itself when its lease ends.'],
  lockdown: [
    'For an emergency: from then on only these addresses may administer the host.',
    'What the public uses stays up. Your own address is always let in.',
  ],
  unlock: ['Unlocking gives back exactly what was before the lockdown.'],
  statement: ['It is recorded with your name, your reason and a last day, and never counts as passed.'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** A place that is explained. */
export type GuideSpot = keyof typeof GUIDE;

/** The words of this program, in the order in which a person meets them. */
export const WORDS: readonly (readonly [word: string, means: string])[] = [
  ['control', 'one thing that should be true of a host, such as “no login with a password”'],
  ['finding', 'what was seen about a control on this host: right, not right, or not to be told'],
  ['score', '100 when every control that applies is right; at most 49 while a critical one is not'],
  ['plan', 'everything that would be done, shown before anything is'],
  ['stage', 'a part of the plan that is kept or taken back on its own'],
  ['lease', 'a timer on the host: when it ends without your word, the host takes the change back'],
  ['armed', 'the timer runs'],
  ['proof', 'a try, such as a new login, that shows what works and what no longer does'],
  ['kept', 'your word came: the change stays, and can be undone later'],
  ['recovery card', 'how to undo a change on the console of the host, without Portcullis'],
  ['lockdown', 'for an emergency: only named addresses may administer the host until it is unlocked'],
];
