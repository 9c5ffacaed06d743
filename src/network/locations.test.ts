import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cityRows } from './location/cities.ts';
import { regionRows } from './location/regions.ts';
import { distanceKm, findLocation, findRegion, suggestLocations, suggestRegions } from './locations.ts';

test('one place has many spellings', () => {
  for (const text of ['Frankfurt, DE', 'frankfurt,de', 'Frankfurt', 'FRA', ' fra ']) {
    assert.equal(findLocation(text)?.name, 'Frankfurt, DE', text);
  }
  assert.equal(findLocation('sao paulo')?.name, 'São Paulo, BR');
  assert.equal(findLocation('NYC')?.name, 'New York, US');
});

test('a name that could be two places is none', () => {
  assert.equal(findLocation('San Jose'), undefined);
  assert.equal(findLocation('San Jose, US')?.longitude, -121.89);
  assert.deepEqual(suggestLocations('San Jose'), ['San Jose, US', 'San José, CR']);
  assert.deepEqual(suggestLocations('Frankfort'), ['Frankfurt, DE']);
  assert.deepEqual(suggestLocations('Xanadu-on-Sea'), []);
});

test('regions stand for a city; numbers behind them do not matter', () => {
  assert.equal(findRegion('us-east-1')?.name, 'us-east-1');
  assert.equal(findRegion('us-east-1')?.latitude, findLocation('IAD')?.latitude);
  assert.equal(findRegion('EU')?.longitude, findLocation('FRA')?.longitude);
  assert.equal(findRegion('Tokyo')?.name, 'Tokyo, JP');
  assert.equal(findRegion('moon-1'), undefined);
  assert.deepEqual(suggestRegions('us-esat'), ['us-east', 'us-west']);
});

test('the tables hold together', () => {
  const names = cityRows.map(([name, country]) => `${name}, ${country}`);
  assert.ok(names.length >= 150, String(names.length));
  for (const [index, [name, , latitude, longitude, codes]] of cityRows.entries()) {
    assert.ok(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180, name);
    // Every full name and code finds its own row: none is taken by two cities.
    for (const text of [names[index] as string, ...codes.split(' ').filter(Boolean)]) {
      assert.equal(findLocation(text)?.name, names[index], text);
    }
  }
  for (const [region, city] of regionRows) assert.ok(findLocation(city), `${region}: ${city}`);
  assert.equal(new Set(regionRows.map(([region]) => region)).size, regionRows.length);
});

test('distances are those of the globe', () => {
  const between = (a: string, b: string): number => {
    const [from, to] = [findLocation(a), findLocation(b)];
    assert.ok(from && to);
    return Math.round(distanceKm(from, to));
  };
  assert.equal(between('FRA', 'FRA'), 0);
  for (const [a, b, km] of [
    ['LHR', 'JFK', 5570],
    ['FRA', 'SIN', 10260],
    ['SYD', 'SCL', 11340],
  ] as const) {
    assert.ok(Math.abs(between(a, b) - km) < 50, `${a} ${b} ${between(a, b)}`);
  }
  assert.equal(Math.round(distanceKm({ latitude: 0, longitude: 0 }, { latitude: 0, longitude: 180 })), 20015);
});
