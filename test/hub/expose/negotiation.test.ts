import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { scrapeFormats } from '../../../src/hub/expose/formats/formats.ts';
import { negotiate } from '../../../src/hub/expose/negotiation.ts';
import { parseAcceptHeader } from '../../../src/hub/http/accept-header.ts';
import { chooseCoding } from '../../../src/hub/http/compression.ts';

const formats = scrapeFormats({});
const PROTOBUF =
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';
const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores';

function assertContentTypes(cases: Readonly<Record<string, string>>): void {
  for (const [accept, contentType] of Object.entries(cases)) {
    assert.equal(negotiate(accept, formats).contentType, contentType, accept);
  }
}

test('every version of Prometheus gets its preferred format', () => {
  assertContentTypes({
    // 2.42, without and with native histograms
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1':
      OPENMETRICS,
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1':
      PROTOBUF,
    // 2.4
    'text/plain; version=0.0.4;q=1,*/*;q=0.1': TEXT,
    'application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1':
      'application/openmetrics-text; version=0.0.1; charset=utf-8',
    // 3
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2':
      'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8',
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,*/*;q=0.1': `${PROTOBUF}; escaping=allow-utf-8`,
    // 3 with scrape_protocols: [PrometheusText1.0.0]
    'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,*/*;q=0.2':
      'text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8',
  });
});

test('a client that asks for nothing pitot knows gets the text format 0.0.4', () => {
  for (const accept of [
    undefined,
    '',
    '*/*',
    'text/*',
    'text/plain',
    'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8',
    'application/json',
    'text/plain;version=3.0.0',
    'application/openmetrics-text;version=3.0.0',
    'application/vnd.google.protobuf;proto=other;encoding=delimited',
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text',
    ',;=,"',
    'text/plain;q=0',
  ]) {
    assert.equal(negotiate(accept, formats).contentType, TEXT, accept);
  }
});

test('pitot sends OpenMetrics 2.0 only to a client that names its version', () => {
  assertContentTypes({
    'application/openmetrics-text;version=2.0.0':
      'application/openmetrics-text; version=2.0.0; charset=utf-8',
    // Prometheus 3.16 with the feature, and with the protocol first in scrape_protocols.
    'application/openmetrics-text;version=2.0.0;escaping=allow-utf-8;q=0.7,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,*/*;q=0.5':
      'application/openmetrics-text; version=2.0.0; charset=utf-8; escaping=allow-utf-8',
    // The same with the default protocols, none of which is 2.0.
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.7,*/*;q=0.6':
      'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8',
    'application/openmetrics-text': OPENMETRICS,
    'application/openmetrics-text;version=1.0.0;q=0,application/openmetrics-text;version=0.0.1;q=0,application/*;q=0.5':
      PROTOBUF,
  });
  const all = ['text/plain', 'application/openmetrics-text', 'application/vnd.google.protobuf'];
  assert.equal(negotiate(`${all.map((type) => `${type};q=0`).join(',')},*/*`, formats).contentType, TEXT);
});

test('qualities decide, and the order decides between equal ones', () => {
  assertContentTypes({
    'text/plain;version=0.0.4,application/openmetrics-text': TEXT,
    'application/openmetrics-text,text/plain;version=0.0.4': OPENMETRICS,
    'text/plain;q=0.5,application/openmetrics-text;q=0.51': OPENMETRICS,
    'text/plain;q=0,*/*': 'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores',
    'application/openmetrics-text;q=0,text/plain;version=0.0.4;q=0,*/*;q=0.5':
      'text/plain; version=1.0.0; charset=utf-8; escaping=underscores',
    // The range that says most decides: the first says nothing of the version that the second excludes.
    'application/openmetrics-text,application/openmetrics-text;version=1.0.0;q=0':
      'application/openmetrics-text; version=0.0.1; charset=utf-8',
    'Application/OpenMetrics-Text; Version="1.0.0" ; Q=1': OPENMETRICS,
    'application/vnd.google.protobuf': PROTOBUF,
    'application/*': OPENMETRICS,
  });
});

test('pitot follows the escaping that a client asks for, in every format, and uses underscores otherwise', () => {
  assertContentTypes({
    'text/plain;version=0.0.4;escaping=values': `${TEXT}; escaping=values`,
    'text/plain;version=1.0.0;escaping=dots': 'text/plain; version=1.0.0; charset=utf-8; escaping=dots',
    'application/openmetrics-text;escaping=underscores': OPENMETRICS,
    'application/openmetrics-text;escaping=rot13': OPENMETRICS,
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;escaping=allow-utf-8': `${PROTOBUF}; escaping=allow-utf-8`,
    // A format without quoted names takes it from its own range only.
    'application/x;escaping=dots,text/plain;version=0.0.4;q=0.5': TEXT,
    'text/plain;version=0.0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.5': TEXT,
    // The others take it from the most welcome range that names one.
    'application/vnd.google.protobuf;q=0.9,text/plain;escaping=values;q=0.2,application/openmetrics-text;escaping=dots;q=0.4': `${PROTOBUF}; escaping=dots`,
    'application/vnd.google.protobuf,text/plain;version=1.0.0;escaping=dots;q=0': PROTOBUF,
  });
  assert.equal(negotiate('text/plain;escaping=dots', formats).escaping, 'dots');
  assert.equal(negotiate('text/plain', formats).escaping, 'underscores');
});

test("the client's preferred coding is used; of equals the one that compresses best", () => {
  const cases: [string | undefined, string][] = [
    [undefined, 'identity'],
    ['', 'identity'],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['GZIP;q=0.001', 'gzip'],
    ['gzip, deflate, br, zstd', 'zstd'],
    ['gzip, zstd;q=0.9', 'gzip'],
    ['gzip;q=0.5, zstd;q=0.4, identity;q=0.6', 'identity'],
    ['gzip;q=0, zstd;q=0', 'identity'],
    ['br, deflate', 'identity'],
    ['*', 'zstd'],
    ['*, zstd;q=0', 'gzip'],
    ['identity, *;q=0', 'identity'],
    ['*;q=0', 'identity'],
    ['gzip;q=2', 'gzip'],
  ];
  for (const [header, name] of cases) assert.equal(chooseCoding(header).name, name, header);
});

test('malformed headers do no harm', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (header) => {
      for (const { quality } of parseAcceptHeader(header)) assert.ok(quality >= 0 && quality <= 1);
      assert.ok(formats.includes(negotiate(header, formats).format));
      assert.ok(chooseCoding(header).name);
    }),
  );
  const parts = fc.array(
    fc.constantFrom('text/plain', 'a/b', ';', ',', '"', '\\', 'q=', '1', ' ', '=', 'version=0.0.4'),
  );
  fc.assert(
    fc.property(parts, (list) => {
      assert.ok(formats.includes(negotiate(list.join(''), formats).format));
    }),
  );
});
