/**
 * A lifeline: a connection whose only message is its end. While the holder lives it stays open; when the holder dies,
 * however it dies, the kernel closes it and whoever joined knows at once.
 *
 * Why: watching a process by its id needs polling and cannot watch a process that is nobody's child.
 */
import { rmSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';

export interface Lifeline {
  /** Ends the lifeline: all who joined see it go. */
  close(): Promise<void>;
}

/** Opens a lifeline at a Unix socket's path; one that a dead holder left is replaced. Fails with EADDRINUSE where one lives. */
export async function holdLifeline(path: string): Promise<Lifeline> {
  try {
    return await listen(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || (await lifelineLives(path))) throw error;
    rmSync(path, { force: true });
    return await listen(path);
  }
}

/** Whether somebody holds the lifeline at `path`. */
export function lifelineLives(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function listen(path: string): Promise<Lifeline> {
  const joined = new Set<{ destroy(): void }>();
  const server = createServer((socket) => {
    joined.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => joined.delete(socket));
    socket.resume();
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      resolve({
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            for (const socket of joined) socket.destroy();
          }),
      });
    });
  });
}

/**
 * Joins the lifeline at `path` and calls `onLost` once when it ends, or where there is none.
 * Does not keep the process alive. Returns what leaves it.
 */
export function joinLifeline(path: string, onLost: () => void): () => void {
  let left = false;
  const socket = createConnection(path);
  socket.unref();
  socket.on('error', () => {});
  socket.on('close', () => {
    if (!left) onLost();
  });
  socket.resume();
  return () => {
    left = true;
    socket.destroy();
  };
}

/**
 * Ends this process by SIGTERM to itself when the lifeline named by `NEARCAST_LIFELINE` ends. The lab sets it for all
 * that it starts, so nothing outlives the lab, neither a process that its own parent left behind.
 */
export function obeyLifeline(): void {
  const path = process.env.NEARCAST_LIFELINE;
  if (path !== undefined && path !== '') joinLifeline(path, () => process.kill(process.pid, 'SIGTERM'));
}
