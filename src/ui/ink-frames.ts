// Ink as a renderer of whole frames. Rules: Ink never sees the real stdout: it writes each frame (debug mode: one write a
// frame, no cursor moves) to a sink that has a width, no height, and is no terminal; so it cannot clear the scrollback,
// fall silent because CI is set, or leave lines behind after a resize. painter.ts brings frames to the screen.
import { EventEmitter } from 'node:events';
import { type Instance, render } from 'ink';
import { createElement } from 'react';
import { Screen, type ScreenProps } from './components/screen.tsx';

class FrameSink extends EventEmitter {
  columns: number;
  readonly isTTY = false;
  expected = false;
  readonly #take: (frame: string) => void;

  constructor(columns: number, take: (frame: string) => void) {
    super();
    this.columns = columns;
    this.#take = take;
  }

  write(text: string): boolean {
    if (this.expected) this.#take(text);
    this.expected = false;
    return true;
  }
}

export type Frames = {
  show(props: ScreenProps): void;
  unmount(): void;
};

/** Renders with Ink; `failed` is told when a component throws. */
export function inkFrames(options: {
  readonly take: (frame: string) => void;
  readonly failed: (error: unknown) => void;
  readonly input: NodeJS.ReadStream;
}): Frames {
  const sink = new FrameSink(80, options.take);
  let instance: Instance | undefined;
  return {
    show: (props) => {
      sink.columns = props.columns;
      const element = createElement(Screen, props);
      if (instance !== undefined) {
        instance.rerender(element);
        return;
      }
      const stream = sink as unknown as NodeJS.WriteStream;
      instance = render(element, {
        stdout: stream,
        stderr: stream,
        stdin: options.input,
        debug: true,
        exitOnCtrlC: false,
        patchConsole: false,
        onRender: () => {
          sink.expected = true;
        },
      });
      // Asked for in the same tick: Ink makes this promise lazily and it would never settle later.
      instance.waitUntilExit().catch(options.failed);
    },
    unmount: () => instance?.unmount(),
  };
}
