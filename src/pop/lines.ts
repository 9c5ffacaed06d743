/** Splits a stream of bytes into lines, with a limit, so that an endless line cannot fill the memory. */

export interface LineSplitter {
  /** The lines that `bytes` completes, without their line breaks; `undefined` where one is longer than the limit. */
  push(bytes: Uint8Array): string[] | undefined;
}

export function createLineSplitter(longestBytes: number): LineSplitter {
  let parts: Uint8Array[] = [];
  let held = 0;
  return {
    push(bytes) {
      const lines: string[] = [];
      let start = 0;
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
        if (held + end - start > longestBytes) return undefined;
        parts.push(bytes.subarray(start, end));
        lines.push(Buffer.concat(parts).toString('utf8'));
        parts = [];
        held = 0;
        start = end + 1;
      }
      if (start < bytes.length) {
        parts.push(bytes.subarray(start));
        held += bytes.length - start;
      }
      return held > longestBytes ? undefined : lines;
    },
  };
}
