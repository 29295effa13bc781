import { defineConfig } from 'vitest/config';

// Two projects. "fast": pure levels and real child processes on this machine, run in parallel.
// "lab": real hosts; one file at a time, because two cores carry the hosts as well as the tests.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/lab/**', 'test/faults/**', 'test/terminal/**'],
          environment: 'node',
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'lab',
          include: ['test/{lab,faults,terminal}/**/*.test.{ts,tsx}'],
          environment: 'node',
          testTimeout: 180_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
