/** Serial numbers of 32 bits that wrap around (RFC 1982), as a cache counts its updates (RFC 8210 §5.1). */

/** Whether `a` is later than `b`; of two that are half the circle apart neither is (RFC 1982 §3.2). */
export function serialAfter(a: number, b: number): boolean {
  const distance = (a - b) >>> 0;
  return distance > 0 && distance < 0x8000_0000;
}
