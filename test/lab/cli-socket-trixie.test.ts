import { socketActivated } from './cli-socket.ts';

await socketActivated('trixie');
