// First-time mode: the same screens with their plain words.
import type { Size } from '../../src/ui/machine/state.ts';
import { Walk } from './drive.ts';
import type { Scenes } from './scenes-type.ts';

const guided = (size: Size): Walk => new Walk({ size, guide: true });

const arrived =
  (...keys: string[]) =>
  (size: Size): Walk => {
    const walk = guided(size).arrive();
    walk.press(...keys);
    return walk;
  };

export const GUIDE_SCENES: Scenes = {
  'guide-target': (size) => new Walk({ size, guide: true, target: '' }),
  'guide-discover': (size) => {
    const walk = guided(size);
    walk.happens({ type: 'connect-done' });
    return walk;
  },
  system: arrived('i'),
  'guide-room': arrived(),
  'guide-question': arrived('down', 'down'),
  'guide-finding': arrived(...Array.from({ length: 5 }, () => 'down')),
  'guide-diff': arrived('d'),
  'guide-ready': arrived('a'),
  'guide-applying': (size) => guided(size).arrive().applying(),
  'guide-decide': (size) => guided(size).arrive().deciding(),
  'guide-help': arrived('?'),
};
