// Every screen of the wizard with something on it, by name, in the order of a walk. The one set: the frames of
// test/ui/frames are drawn from it and `npm run gallery` prints it. A place without a scene fails frames.test.ts.
import { ARRIVAL_SCENES } from './scenes-arrival.ts';
import { GUIDE_SCENES } from './scenes-guide.ts';
import { ROOM_SCENES } from './scenes-room.ts';
import { RUN_SCENES } from './scenes-run.ts';
import type { Scenes } from './scenes-type.ts';

export const SCENES: Scenes = { ...ARRIVAL_SCENES, ...ROOM_SCENES, ...RUN_SCENES, ...GUIDE_SCENES };
