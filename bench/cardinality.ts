/** The cost of recording while an attribute gets ever new values. See README.md. */
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { Recorder } from '../src/app/record/recorder.ts';
import { table, writeResults } from './results.ts';
import { measure, type Operation } from './rounds.ts';
import { beside, MARK } from './statistics.ts';

/** More sets of attributes than the limit on series allows. */
const FIRST_SETS = 3000;
const STATUSES = ['200', '404', '500'];

interface Counter {
  add(value: number, attributes: Record<string, string | number>): void;
}

const makers = { pitot: newRecorder, 'OpenTelemetry SDK': newStock };

function newRecorder(): Counter {
  return new Recorder().getMeter('bench').createCounter('requests');
}

function newStock(): Counter {
  const reader = new PrometheusExporter({ preventServerStart: true });
  return new MeterProvider({ readers: [reader] }).getMeter('bench').createCounter('requests');
}

function atItsLimit(make: () => Counter): Counter {
  const counter = make();
  for (let i = 0; i < 150; i++) {
    counter.add(1, { method: 'GET', route: `/orders/${i % 50}`, status: STATUSES[i % 3]! });
  }
  for (let i = 0; i < FIRST_SETS; i++) counter.add(1, { method: 'GET', route: `/${i}`, status: '404' });
  return counter;
}

/**
 * Each is written out, with a fresh object literal and a string that is built in the loop, as one from a
 * request is. Where there is an attack, `n` makes the string another one each time.
 */
const OPERATIONS: Readonly<Record<string, (make: () => Counter) => Operation>> = {
  'known values': (make) => {
    const counter = atItsLimit(make);
    return (times) => {
      for (let i = 0; i < times; i++) {
        counter.add(1, { method: 'GET', route: `/orders/${i % 50}`, status: STATUSES[i % 3]! });
      }
    };
  },
  'a new value each time, first': (make) => {
    const counter = atItsLimit(make);
    let n = 0;
    return (times) => {
      for (let i = 0; i < times; i++) {
        counter.add(1, { route: `/users/${n++}`, method: 'GET', status: STATUSES[i % 3]! });
      }
    };
  },
  'a new value each time, in between': (make) => {
    const counter = atItsLimit(make);
    let n = 0;
    return (times) => {
      for (let i = 0; i < times; i++) {
        counter.add(1, { method: 'GET', route: `/users/${n++}`, status: STATUSES[i % 3]! });
      }
    };
  },
  'a new value each time, last': (make) => {
    const counter = atItsLimit(make);
    let n = 0;
    return (times) => {
      for (let i = 0; i < times; i++) {
        counter.add(1, { method: 'GET', status: STATUSES[i % 3]!, route: `/users/${n++}` });
      }
    };
  },
  'an attribute that no series has': (make) => {
    const counter = atItsLimit(make);
    let n = 0;
    return (times) => {
      for (let i = 0; i < times; i++)
        counter.add(1, { method: 'GET', status: STATUSES[i % 3]!, user: `u${n++}` });
    };
  },
  'known values, in 10,000 combinations': (make) => {
    const counter = make();
    const record = (n: number) =>
      counter.add(1, { a: n % 100, b: Math.floor(n / 100) % 100, c: `${n % 10}` });
    for (let i = 0; i < FIRST_SETS; i++) record(i * 7919);
    let n = 0;
    return (times) => {
      for (let i = 0; i < times; i++) record(n++);
    };
  },
};

const operations = new Map(
  Object.entries(makers).flatMap(([name, make]) =>
    Object.entries(OPERATIONS).map(([text, operation]): [string, Operation] => [
      `${name}: ${text}`,
      operation(make),
    ]),
  ),
);
const nanoseconds = measure(operations, { rounds: 15, slice: 40 });
const names = Object.keys(makers);
const [normal = ''] = Object.keys(OPERATIONS);

/** Nanoseconds, and the ratio to the same library's time for known values. */
function cell(name: string, text: string): string {
  const time = nanoseconds.get(`${name}: ${text}`);
  const usual = nanoseconds.get(`${name}: ${normal}`);
  return time === undefined || usual === undefined ? '–' : beside(usual, time);
}

const rows = Object.keys(OPERATIONS).map((text) => [text, ...names.map((name) => cell(name, text))]);
const results = table(['ns per recording, at the limit of 2000 series', ...names], rows);
writeResults('cardinality', `${results}\n\n${MARK}`, ['@opentelemetry/sdk-metrics']);
