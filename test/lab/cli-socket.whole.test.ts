import { socketActivated } from './cli-socket.ts';
import { onImages } from './harness.ts';

for (const image of onImages('trixie', 'bookworm')) await socketActivated(image);
