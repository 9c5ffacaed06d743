/** The names of error codes and subcodes in NOTIFICATION, from the IANA BGP parameters registry. */

export interface ErrorName {
  readonly name: string;
  readonly subcodes: Readonly<Record<number, string>>;
}

export const errorNames: Readonly<Record<number, ErrorName>> = {
  1: {
    name: 'Message Header Error', // RFC 4271 §6.1
    subcodes: { 1: 'Connection Not Synchronized', 2: 'Bad Message Length', 3: 'Bad Message Type' },
  },
  2: {
    name: 'OPEN Message Error', // RFC 4271 §6.2
    subcodes: {
      1: 'Unsupported Version Number',
      2: 'Bad Peer AS',
      3: 'Bad BGP Identifier',
      4: 'Unsupported Optional Parameter',
      5: 'Authentication Failure', // deprecated by RFC 4271
      6: 'Unacceptable Hold Time',
      7: 'Unsupported Capability', // RFC 5492 §5
      11: 'Role Mismatch', // RFC 9234 §4.2
    },
  },
  3: {
    name: 'UPDATE Message Error', // RFC 4271 §6.3
    subcodes: {
      1: 'Malformed Attribute List',
      2: 'Unrecognized Well-known Attribute',
      3: 'Missing Well-known Attribute',
      4: 'Attribute Flags Error',
      5: 'Attribute Length Error',
      6: 'Invalid ORIGIN Attribute',
      7: 'AS Routing Loop', // deprecated by RFC 4271
      8: 'Invalid NEXT_HOP Attribute',
      9: 'Optional Attribute Error',
      10: 'Invalid Network Field',
      11: 'Malformed AS_PATH',
    },
  },
  4: { name: 'Hold Timer Expired', subcodes: {} }, // RFC 4271 §6.5
  5: {
    name: 'Finite State Machine Error', // RFC 6608 §3
    subcodes: {
      1: 'Unexpected Message in OpenSent State',
      2: 'Unexpected Message in OpenConfirm State',
      3: 'Unexpected Message in Established State',
    },
  },
  6: {
    name: 'Cease', // RFC 4486 §3
    subcodes: {
      1: 'Maximum Number of Prefixes Reached',
      2: 'Administrative Shutdown',
      3: 'Peer De-configured',
      4: 'Administrative Reset',
      5: 'Connection Rejected',
      6: 'Other Configuration Change',
      7: 'Connection Collision Resolution',
      8: 'Out of Resources',
      9: 'Hard Reset', // RFC 8538 §3
      10: 'BFD Down', // RFC 9384 §3
    },
  },
  7: { name: 'ROUTE-REFRESH Message Error', subcodes: { 1: 'Invalid Message Length' } }, // RFC 7313 §5
  8: { name: 'Send Hold Timer Expired', subcodes: {} }, // RFC 9687 §3
};
