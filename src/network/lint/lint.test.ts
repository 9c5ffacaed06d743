/** Each code of each rule is found where it should be, and nothing is found in a good network. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Problem } from '../../base/problem.ts';
import { loadNetwork } from '../document.ts';
import { goodNetwork } from '../testing/good-network.ts';
import { rules } from './table.ts';

type Edit = readonly [find: string, replacement: string];

interface Vector {
  readonly code: string;
  readonly edits: readonly Edit[];
  readonly production?: boolean;
  readonly severity?: 'error' | 'warning';
  /** The line that the problem must point at begins so (without its indent). */
  readonly line: string;
}

const asn: Edit = ['asn: 212345', 'asn: 64600'];
const bmp = (words: string): Edit => ['pops:', `bmp: { ${words} }\npops:`];
const rpki = (caches: string): Edit => ['pops:', `rpki: { caches: [${caches}] }\npops:`];
const receive = (value: string): Edit => ['- peerAsn: 1299', `- peerAsn: 1299\n        receive: ${value}`];

const vectors: readonly Vector[] = [
  { code: 'network.asn-documentation', edits: [['asn: 212345', 'asn: 1.10']], severity: 'warning', line: 'asn:' },
  { code: 'network.asn-reserved', edits: [['peerAsn: 1299', 'peerAsn: 23456']], line: '- peerAsn:' },
  { code: 'network.asn-documentation', edits: [['asn: 212345', 'asn: AS64500']], severity: 'warning', line: 'asn:' },
  { code: 'network.asn-documentation', edits: [['asn: 212345', 'asn: 64500']], production: true, line: 'asn:' },
  { code: 'network.asn-private', edits: [asn], severity: 'warning', line: 'asn:' },
  { code: 'network.asn-private', edits: [asn], production: true, line: 'asn:' },
  { code: 'network.session-internal', edits: [['peerAsn: 1299', 'peerAsn: 212345']], line: '- peerAsn:' },
  { code: 'network.asn-of-provider', edits: [['asn: 212345', 'asn: 20473']], line: '- provider:' },
  {
    code: 'network.prefix-too-long',
    edits: [['216.24.57.0/24', '216.24.57.0/25']],
    line: '- { prefix: 216',
  },
  { code: 'network.prefix-too-short', edits: [['216.24.57.0/24', '216.0.0.0/7']], line: '- { prefix: 216' },
  {
    code: 'network.prefix-documentation',
    edits: [['216.24.57.0/24, address: 216.24.57.1', '192.0.2.0/24, address: 192.0.2.1']],
    severity: 'warning',
    line: '- { prefix: 192',
  },
  {
    code: 'network.prefix-private',
    edits: [['216.24.57.0/24, address: 216.24.57.1', '10.0.0.0/24, address: 10.0.0.1']],
    production: true,
    line: '- { prefix: 10',
  },
  {
    code: 'network.prefix-reserved',
    edits: [['216.24.57.0/24, address: 216.24.57.1', '240.0.0.0/24, address: 240.0.0.1']],
    severity: 'warning',
    line: '- { prefix: 240',
  },
  {
    code: 'network.prefix-duplicate',
    edits: [['pops:', '  - { prefix: 216.24.57.0/24, address: 216.24.57.2 }\npops:']],
    line: '- { prefix: 216.24.57.0/24, address: 216.24.57.2',
  },
  {
    code: 'network.prefix-overlap',
    edits: [['pops:', '  - { prefix: 216.24.56.0/23, address: 216.24.56.2 }\npops:']],
    line: '- { prefix: 216.24.56',
  },
  { code: 'network.address-outside-prefix', edits: [['216.24.57.1', '216.24.58.1']], line: '- { prefix: 216' },
  {
    code: 'network.address-unusable',
    edits: [['216.24.57.1', '216.24.57.255']],
    severity: 'warning',
    line: '- { prefix: 216',
  },
  {
    code: 'network.prefix-nowhere',
    edits: [
      ['sourceAddress6: "2a0e:1::7"', ''],
      ['neighborAddress6: "2a0e:1::1"', ''],
    ],
    severity: 'warning',
    line: '- { prefix: "2a0e',
  },
  { code: 'network.location-unknown', edits: [['Singapore, SG', 'Singapur']], line: 'location: Singapur' },
  { code: 'network.location-unknown', edits: [['Singapore, SG', 'San Jose']], line: 'location: San Jose' },
  {
    code: 'network.router-id-missing',
    edits: [['sourceAddress: 45.32.100.7', 'sourceAddress6: "2001:19f0::7"']],
    line: 'sin:',
  },
  {
    code: 'network.router-id-zero',
    edits: [['location: Singapore, SG', 'location: SIN\n    routerId: 0.0.0.0']],
    line: 'routerId:',
  },
  {
    code: 'network.router-id-duplicate',
    edits: [['location: Singapore, SG', 'location: SIN\n    routerId: 80.239.1.7']],
    severity: 'warning',
    line: 'routerId:',
  },
  {
    code: 'network.pop-none',
    edits: [[goodNetwork.slice(goodNetwork.indexOf('pops:'), goodNetwork.indexOf('services:')), 'pops: {}\n']],
    line: 'pops:',
  },
  {
    code: 'network.pop-single',
    edits: [[goodNetwork.slice(goodNetwork.indexOf('  sin:'), goodNetwork.indexOf('services:')), '']],
    severity: 'warning',
    line: 'pops:',
  },
  {
    code: 'network.pop-without-session',
    edits: [['  sin:', '  lax: { location: LAX }\n  sin:']],
    severity: 'warning',
    line: 'lax:',
  },
  {
    code: 'network.pop-without-session',
    edits: [['  sin:', '  lax: { location: LAX }\n  sin:']],
    production: true,
    line: 'lax:',
  },
  {
    code: 'network.floor-zero',
    edits: [['services:', 'safety: { minimumAnnouncers: 0 }\nservices:']],
    severity: 'warning',
    line: 'safety:',
  },
  {
    code: 'network.floor-unreachable',
    edits: [['services:', 'safety: { minimumAnnouncers: 3 }\nservices:']],
    line: 'safety:',
  },
  {
    code: 'network.floor-immobile',
    edits: [['services:', 'safety: { minimumAnnouncers: 2 }\nservices:']],
    severity: 'warning',
    line: 'safety:',
  },
  {
    code: 'network.health-overlap',
    edits: [['services:', 'health: { edge: { intervalMs: 100 } }\nservices:']],
    severity: 'warning',
    line: 'health:',
  },
  {
    code: 'network.health-slow',
    edits: [['services:', 'health: { edge: { intervalMs: 20000 } }\nservices:']],
    severity: 'warning',
    line: 'health:',
  },
  {
    code: 'network.session-peer-missing',
    edits: [['peerAsn: 1299', 'holdTimeSeconds: 9']],
    line: '- holdTimeSeconds:',
  },
  { code: 'network.provider-unknown', edits: [['provider: vultr', 'provider: vulltr']], line: '- provider:' },
  {
    code: 'network.session-peer-twice',
    edits: [['provider: vultr', 'provider: vultr\n        multihop: 3']],
    line: 'multihop:',
  },
  {
    code: 'network.password-missing',
    edits: [['password: { env: VULTR_BGP_PASSWORD }', '']],
    severity: 'warning',
    line: '- provider:',
  },
  { code: 'network.source-missing', edits: [['sourceAddress: 45.32.100.7', '']], line: '- provider:' },
  {
    code: 'network.provider-family',
    edits: [['provider: vultr', 'provider: vultr-bare-metal\n        sourceAddress6: "2001:19f0::7"']],
    line: 'sourceAddress6:',
  },
  { code: 'network.session-half', edits: [['neighborAddress: 80.239.1.1', '']], line: 'sourceAddress:' },
  {
    code: 'network.source-is-neighbor',
    edits: [['neighborAddress: 80.239.1.1', 'neighborAddress: 80.239.1.7']],
    line: 'sourceAddress:',
  },
  {
    code: 'network.neighbor-link-local',
    edits: [['neighborAddress6: "2a0e:1::1"', 'neighborAddress6: "fe80::1"']],
    line: 'neighborAddress6:',
  },
  {
    code: 'network.multihop-missing',
    edits: [['neighborAddress: 80.239.1.1', 'neighborAddress: 169.254.169.254']],
    severity: 'warning',
    line: 'neighborAddress:',
  },
  {
    code: 'network.session-in-anycast',
    edits: [['sourceAddress: 80.239.1.7', 'sourceAddress: 216.24.57.1']],
    line: 'sourceAddress:',
  },
  {
    code: 'network.session-documentation',
    edits: [['sourceAddress: 45.32.100.7', 'sourceAddress: 203.0.113.7']],
    production: true,
    line: 'sourceAddress:',
  },
  {
    code: 'network.session-duplicate',
    edits: [['  sin:', '      - { peerAsn: 1299, neighborAddress: 80.239.1.1, sourceAddress: 80.239.1.7 }\n  sin:']],
    line: '- { peerAsn',
  },
  {
    code: 'network.source-shared',
    edits: [['sourceAddress: 45.32.100.7', 'sourceAddress: 80.239.1.7']],
    severity: 'warning',
    line: 'sourceAddress:',
  },
  {
    code: 'network.hold-time-range',
    edits: [['provider: vultr', 'provider: vultr\n        holdTimeSeconds: 2']],
    line: 'holdTimeSeconds',
  },
  {
    code: 'network.hold-time-off',
    edits: [['provider: vultr', 'provider: vultr\n        holdTimeSeconds: 0']],
    severity: 'warning',
    line: 'holdTimeSeconds',
  },
  {
    code: 'network.hold-time-slow',
    edits: [['provider: vultr', 'provider: vultr\n        holdTimeSeconds: 240']],
    severity: 'warning',
    line: 'holdTimeSeconds',
  },
  {
    code: 'network.bfd-slow',
    edits: [['peerAsn: 1299', 'peerAsn: 1299\n        bfd: { intervalMs: 3000 }']],
    severity: 'warning',
    line: 'bfd:',
  },
  {
    code: 'network.bfd-hasty',
    edits: [['peerAsn: 1299', 'peerAsn: 1299\n        bfd: { multiplier: 2 }']],
    severity: 'warning',
    line: 'bfd:',
  },
  {
    code: 'network.bfd-any-ttl',
    edits: [['provider: vultr', 'provider: vultr\n        bfd: {}']],
    severity: 'warning',
    line: 'bfd:',
  },
  {
    code: 'network.bmp-station-twice',
    edits: [bmp('stations: [{ host: 10.0.0.1 }, { host: 10.0.0.1, port: 11019 }]')],
    line: 'bmp:',
  },
  {
    code: 'network.bmp-plain',
    edits: [bmp('stations: [{ host: bmp.example.org, port: 5000 }]')],
    severity: 'warning',
    line: 'bmp:',
  },
  {
    code: 'network.bmp-table-twice',
    edits: [bmp('stations: [{ host: 10.0.0.1 }], tables: [loc-rib, loc-rib]')],
    severity: 'warning',
    line: 'bmp:',
  },
  {
    code: 'network.rpki-cache-twice',
    edits: [rpki('{ host: 10.0.0.1 }, { host: 10.0.0.1, port: 323 }')],
    line: 'rpki:',
  },
  { code: 'network.rpki-plain', edits: [rpki('{ host: rtr.example.org }')], severity: 'warning', line: 'rpki:' },
  { code: 'network.rpki-plain', edits: [rpki('{ host: 80.239.1.9, tls: false }')], severity: 'warning', line: 'rpki:' },
  {
    code: 'network.rpki-half-certificate',
    edits: [rpki('{ host: rtr.example.org, tls: { certificate: /etc/rtr.pem } }')],
    line: 'rpki:',
  },
  {
    code: 'network.receive-unused',
    edits: [rpki('{ host: 10.0.0.1 }'), receive('{ rpkiInvalid: accept }')],
    severity: 'warning',
    line: 'receive:',
  },
  {
    code: 'network.rpki-missing',
    edits: [receive('{ accept: all, rpkiInvalid: depreference }')],
    severity: 'warning',
    line: 'receive:',
  },
  {
    code: 'network.bfd-ttl-unused',
    edits: [['peerAsn: 1299', 'peerAsn: 1299\n        bfd: { minimumTtl: 255 }']],
    severity: 'warning',
    line: 'bfd:',
  },
  {
    code: 'network.community-blackhole',
    edits: [['provider: vultr', 'provider: vultr\n        announce: { communities: [20473:666] }']],
    line: 'announce:',
  },
  {
    code: 'network.community-well-known',
    edits: [['provider: vultr', 'provider: vultr\n        announce: { communities: [no-export] }']],
    severity: 'warning',
    line: 'announce:',
  },
  {
    code: 'network.community-reserved',
    edits: [['provider: vultr', 'provider: vultr\n        announce: { communities: ["65535:1"] }']],
    severity: 'warning',
    line: 'announce:',
  },
  {
    code: 'network.intent-impossible',
    edits: [['peerAsn: 1299', 'peerAsn: 1299\n        announce: { prepend: 1, avoid: [174] }']],
    line: 'announce:',
  },
  {
    code: 'network.intent-contradiction',
    edits: [['provider: vultr', 'provider: vultr\n        announce: { avoid: [174], onlyTo: [174] }']],
    line: 'announce:',
  },
  {
    code: 'network.prepend-much',
    edits: [['provider: vultr', 'provider: vultr\n        announce: { prepend: 6 }']],
    severity: 'warning',
    line: 'announce:',
  },
  {
    code: 'network.prepend-private',
    edits: [asn, ['provider: vultr', 'provider: vultr\n        announce: { prepend: 1 }']],
    severity: 'warning',
    line: 'announce:',
  },
  { code: 'network.service-unused', edits: [['docs.example.net: docs', '']], severity: 'warning', line: 'docs:' },
  { code: 'network.directory-missing', edits: [['./site', './nowhere']], line: 'docs:' },
  { code: 'network.region-unknown', edits: [['region: us-east', 'region: mars']], line: '- { region: mars' },
  {
    code: 'network.origin-server-url',
    edits: [['https://us.example.org', 'ftp://us.example.org']],
    line: '- { region: us-east',
  },
  {
    code: 'network.origin-server-url',
    edits: [['https://us.example.org', 'https://us.example.org/v1']],
    line: '- { region: us-east',
  },
  {
    code: 'network.origin-server-url',
    edits: [['https://us.example.org', 'us.example.org']],
    line: '- { region: us-east',
  },
  {
    code: 'network.origin-server-duplicate',
    edits: [['https://us.example.org', 'https://EU.example.org:443']],
    severity: 'warning',
    line: '- { region: eu',
  },
  {
    code: 'network.origin-server-loop',
    edits: [['https://us.example.org', 'https://docs.example.net']],
    line: '- { region: us-east',
  },
  {
    code: 'network.origin-server-loop',
    edits: [['https://us.example.org', 'https://216.24.57.1:8443']],
    line: '- { region: us-east',
  },
  {
    code: 'network.origin-server-loopback',
    edits: [['https://us.example.org', 'http://localhost:8080']],
    production: true,
    line: '- { region: us-east',
  },
  {
    code: 'network.origin-server-documentation',
    edits: [['https://us.example.org', 'https://192.0.2.9']],
    production: true,
    line: '- { region: us-east',
  },
  {
    code: 'network.origin-server-plain',
    edits: [['https://us.example.org', 'http://us.example.org']],
    severity: 'warning',
    line: '- { region: us-east',
  },
  {
    code: 'network.domain-syntax',
    edits: [['docs.example.net: docs', '"https://docs.example.net": docs']],
    line: '"https',
  },
  {
    code: 'network.domain-duplicate',
    edits: [['docs.example.net: docs', 'docs.example.net: docs\n  DOCS.example.net.: docs']],
    line: 'DOCS',
  },
  {
    code: 'network.domain-invalid-tld',
    edits: [['docs.example.net: docs', 'docs.invalid: docs']],
    line: 'docs.invalid',
  },
  {
    code: 'network.domain-nowhere',
    edits: [['docs.example.net: docs', 'docs.example.net: dosc']],
    line: 'docs.example.net',
  },
];

const files = { kindOf: (path: string) => (path === './site' ? ('directory' as const) : ('missing' as const)) };

function problemsIn(text: string, production: boolean): readonly Problem[] {
  const result = loadNetwork(text, { file: 'network.yaml', files, production });
  return result.ok ? result.warnings : result.problems;
}

test('a good network has no problems, in production neither', () => {
  assert.deepEqual(problemsIn(goodNetwork, true), []);
});

for (const { code, edits, production, severity, line } of vectors) {
  const shown = edits.map(([, replacement]) => JSON.stringify(replacement.slice(-50))).join(', ');
  test(`${code} (${severity ?? 'error'}${production === true ? ' in production' : ''}): ${shown}`, () => {
    let text = goodNetwork;
    for (const [find, replacement] of edits) {
      assert.ok(text.includes(find), `the good network has ${find}`);
      text = text.replace(find, replacement);
    }
    const problems = problemsIn(text, production ?? false);
    const found = problems.filter((problem) => problem.code === code);
    assert.equal(found.length, 1, `found ${JSON.stringify(problems, null, 1)}`);
    assert.equal(found[0]?.severity, severity ?? 'error');
    assert.ok(found[0]?.fix !== undefined, 'says how to mend it');
    const lineNumber = Number(found[0]?.where?.split(':')[1]);
    assert.ok(text.split('\n')[lineNumber - 1]?.trim().startsWith(line), `${found[0]?.where} in\n${text}`);
  });
}

test('every code of every rule has a vector, and every vector a rule', () => {
  // A provider of either status would need a catalogue that has one; both lie in wait for the day it does.
  const waiting = ['network.provider-unverified', 'network.provider-retired'];
  const codes = new Set(rules.flatMap((rule) => rule.codes));
  const tested = new Set([...vectors.map(({ code }) => code), ...waiting]);
  assert.deepEqual([...codes].sort(), [...tested].sort());
});

test('what is for a lab only passes without --production, quietly where every lab looks so', () => {
  const text = goodNetwork
    .replace('45.32.100.7', '203.0.113.7')
    .replace('https://us.example.org', 'http://127.0.0.1:1');
  assert.deepEqual(problemsIn(text, false), []);
  assert.equal(problemsIn(text, true).length, 2);
});

test('a part that the schema refuses does not make rules report what they can no longer see', () => {
  const text = goodNetwork
    .replace('sourceAddress: 45.32.100.7', 'sourceAddress: 45.32.100.700')
    .replace('kind: static', 'kind: statik')
    .replace('peerAsn: 1299', 'peerAsn: many');
  assert.deepEqual(
    problemsIn(text, false).map(({ code }) => code),
    ['network.asn-syntax', 'network.address-syntax', 'network.choice'],
  );
});
