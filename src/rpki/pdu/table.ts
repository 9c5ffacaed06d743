/** All types of PDU. A new one is a file and a line here; the test fails where it has no good or no bad vector. */
import { aspa } from './aspa-pdu.ts';
import { cacheReset, cacheResponse, endOfData, resetQuery, serialNotify, serialQuery } from './control-pdus.ts';
import type { PduDescriptor } from './descriptor.ts';
import { errorReport } from './error-report.ts';
import { ipv4Prefix, ipv6Prefix } from './prefix-pdu.ts';
import { routerKey } from './router-key-pdu.ts';

export const pduTable: readonly PduDescriptor[] = [
  serialNotify,
  serialQuery,
  resetQuery,
  cacheResponse,
  ipv4Prefix,
  ipv6Prefix,
  endOfData,
  cacheReset,
  routerKey,
  errorReport,
  aspa,
];
