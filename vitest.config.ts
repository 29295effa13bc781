import { defineConfig } from 'vitest/config';

// Two projects. "fast": pure levels and real child processes on this machine, run in parallel.
// "lab": real hosts; what costs more than it finds in every run is named *.whole.test.ts and runs with PORTCULLIS_LAB=whole.
// scripts/test.mjs runs three files at a time on two cores: some of the time they wait.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/lab/**', 'test/faults/**', 'test/terminal/**'],
          environment: 'node',
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'lab',
          include: ['test/{lab,faults,terminal}/**/*.test.{ts,tsx}'],
          exclude: process.env.PORTCULLIS_LAB === 'whole' ? [] : ['test/**/*.whole.test.ts'],
          environment: 'node',
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
