import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { metrics } from '@opentelemetry/api';

/** The data that the nodes of one run pass to each other. */
export interface Work {
  /** Path of the run's own file, which does not exist yet. */
  readonly file: string;
  records: string[];
  digest: string;
  archive: Buffer;
}

export type WorkNode = (work: Work) => void | Promise<void>;

const RECORDS = 500;

/** The service's own instrument. It needs only the OpenTelemetry API. */
const archiveSize = metrics.getMeter('workflow-service').createHistogram('workflow_service.archive.size', {
  unit: 'By',
  description: 'Size of compressed archives.',
  advice: { explicitBucketBoundaries: [1_000, 2_000, 5_000, 10_000, 20_000, 50_000] },
});

export function generate(work: Work): void {
  work.records = Array.from({ length: RECORDS }, () => randomBytes(12).toString('hex'));
}

export function sort(work: Work): void {
  work.records.sort();
}

export function hash(work: Work): void {
  work.digest = digestOf(work.records);
}

export async function compress(work: Work): Promise<void> {
  work.archive = await promisify(gzip)(work.records.join('\n'));
  archiveSize.record(work.archive.length);
}

export async function write(work: Work): Promise<void> {
  await writeFile(work.file, work.archive);
}

/** Simulates a damaged disk: the file loses its second half. */
export async function damage(work: Work): Promise<void> {
  await writeFile(work.file, work.archive.subarray(0, work.archive.length / 2));
}

/** Fails with zlib's error if the file is damaged. */
export async function verify(work: Work): Promise<void> {
  const text = await promisify(gunzip)(await readFile(work.file));
  if (digestOf(text.toString().split('\n')) !== work.digest) throw new Error(`${work.file} has changed`);
}

function digestOf(records: readonly string[]): string {
  return createHash('sha256').update(records.join('\n')).digest('hex');
}
