// Run by ssh when it must ask something: hands the prompt to the waiting portcullis over its private socket, prints what
// comes back. Holds no secret of its own; nothing passes through arguments or the environment but the prompt ssh gives.
import { connect } from 'node:net';

const socket = connect(process.argv[2] ?? '');
const chunks = [];
socket.on('data', (chunk) => chunks.push(chunk));
socket.on('error', () => {
  process.exitCode = 1;
});
socket.on('end', () => {
  const reply = Buffer.concat(chunks);
  // First byte: "y" with the answer after it, anything else declines.
  if (reply[0] !== 0x79) process.exitCode = 1;
  else process.stdout.write(Buffer.concat([reply.subarray(1), Buffer.from('\n')]));
});
socket.write(
  `${JSON.stringify({ prompt: process.argv[3] ?? '', hint: process.env.SSH_ASKPASS_PROMPT ?? '', attempt: process.env.PORTCULLIS_ATTEMPT ?? '' })}\n`,
);
