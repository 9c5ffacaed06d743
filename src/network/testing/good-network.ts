/** A network without a fault, fit for production: what tests start from and break in one place. */
export const goodNetwork = `
network: good
asn: 212345
prefixes:
  - { prefix: 216.24.57.0/24, address: 216.24.57.1 }
  - { prefix: "2a0e:97c0:1::/48", address: "2a0e:97c0:1::1" }
pops:
  fra:
    location: Frankfurt, DE
    sessions:
      - peerAsn: 1299
        neighborAddress: 80.239.1.1
        sourceAddress: 80.239.1.7
        neighborAddress6: "2a0e:1::1"
        sourceAddress6: "2a0e:1::7"
  sin:
    location: Singapore, SG
    sessions:
      - provider: vultr
        sourceAddress: 45.32.100.7
        password: { env: VULTR_BGP_PASSWORD }
services:
  docs: { kind: static, directory: ./site }
  api:
    kind: web
    originServers:
      - { region: us-east, url: "https://us.example.org" }
      - { region: eu, url: "https://eu.example.org" }
domains:
  docs.example.net: docs
  api.example.net: api
`;
