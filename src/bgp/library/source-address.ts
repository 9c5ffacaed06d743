/**
 * Which of our addresses the kernel would use towards another: the next hop that a peer on the same link can reach.
 *
 * How: a UDP socket that is connected has chosen its source, and has not sent anything.
 */
import dgram from 'node:dgram';
import net from 'node:net';

/** `undefined` where the kernel knows no way there, or the text is no address. */
export async function sourceAddressTowards(address: string): Promise<string | undefined> {
  const family = net.isIP(address);
  if (family === 0) return undefined;
  const socket = dgram.createSocket(family === 4 ? 'udp4' : 'udp6');
  const found = await new Promise<string | undefined>((resolve) => {
    socket.once('error', () => resolve(undefined));
    socket.connect(179, address, (error?: Error) => {
      resolve(error == null ? socket.address().address : undefined);
    });
  });
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return found;
}
