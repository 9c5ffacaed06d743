/**
 * A request's path as the name of a file in a site's table.
 *
 * Why traversal is impossible: the name is only looked up among the files that were found when the site was read. It
 * never reaches the file system, whatever it is made of.
 */

/** The decoded path of a target, without its query; `undefined` where its escapes are faulty or hide a NUL. */
export function decodePath(target: string): string | undefined {
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  if (!path.includes('%')) return path;
  // An escaped slash is not a separator (RFC 3986 §2.2), and no file's name has one.
  if (/%2f|%00/i.test(path)) return undefined;
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/** A decoded path as a target again, for `Location`. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
