/** Shows a running lab: on a terminal a table that is redrawn in place, elsewhere a line for each change. */
import type { Clock } from '../base/clock.ts';
import type { Lab, LabSnapshot } from '../lab/lab.ts';
import { renderChanges, renderTable } from '../lab/table.ts';

export interface Screen {
  /** A line that stays. */
  print(line: string): void;
  /** Keeps the lab's state in view from now on. */
  show(lab: Lab, predicted: ReadonlyMap<string, string>): void;
  end(): void;
}

export function createScreen(output: NodeJS.WriteStream, clock: Clock): Screen {
  return output.isTTY && process.env.TERM !== 'dumb' ? terminalScreen(output, clock) : plainScreen(output, clock);
}

function plainScreen(output: NodeJS.WriteStream, clock: Clock): Screen {
  const started = clock.now();
  let ended = false;
  const print = (line: string): void => {
    output.write(`${line}\n`);
  };
  return {
    print,
    show(lab) {
      let before: LabSnapshot = lab.snapshot();
      lab.onChange(() => {
        if (ended) return;
        const after = lab.snapshot();
        for (const line of renderChanges(before, after))
          print(`${((clock.now() - started) / 1000).toFixed(2)} s  ${line}`);
        before = after;
      });
    },
    end() {
      ended = true;
    },
  };
}

const redrawMs = 100;

function terminalScreen(output: NodeJS.WriteStream, clock: Clock): Screen {
  let drawn: string[] = [];
  let lab: Lab | undefined;
  let predicted: ReadonlyMap<string, string> = new Map();
  let pending = false;

  const erase = (): string => (drawn.length === 0 ? '' : `\x1b[${drawn.length}A\x1b[J`);
  function draw(): string {
    if (lab === undefined) {
      drawn = [];
      return '';
    }
    // A line that wrapped, or a table taller than the window, could not be redrawn in place.
    const lines = ['', ...renderTable(lab.snapshot(), predicted)].map((line) =>
      line.slice(0, (output.columns ?? 80) - 1),
    );
    drawn = lines.slice(0, Math.max(1, (output.rows ?? 24) - 2));
    return `${drawn.join('\n')}\n`;
  }
  return {
    print(line) {
      output.write(`${erase()}${line}\n${draw()}`);
    },
    show(shown, expected) {
      lab = shown;
      predicted = expected;
      output.write(draw());
      shown.onChange(() => {
        if (pending) return;
        pending = true;
        clock.after(redrawMs, () => {
          pending = false;
          if (lab !== undefined) output.write(`${erase()}${draw()}`);
        });
      });
    },
    end() {
      output.write(erase());
      lab = undefined;
      drawn = [];
    },
  };
}
