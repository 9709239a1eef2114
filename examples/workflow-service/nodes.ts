import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { metrics } from '@opentelemetry/api';

/** What the nodes of one run hand on to each other. */
export interface Work {
  /** A file of the run's own, which does not exist yet. */
  readonly file: string;
  records: string[];
  digest: string;
  archive: Buffer;
}

export type WorkNode = (work: Work) => void | Promise<void>;

const RECORDS = 500;

/** An instrument of the service's own: nothing but the OpenTelemetry API is needed for one. */
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

/** Stands for a disk that forgets: the file loses its second half. */
export async function damage(work: Work): Promise<void> {
  await writeFile(work.file, work.archive.subarray(0, work.archive.length / 2));
}

/** Fails with zlib's error when the file cannot be read back as it was written. */
export async function verify(work: Work): Promise<void> {
  const text = await promisify(gunzip)(await readFile(work.file));
  if (digestOf(text.toString().split('\n')) !== work.digest) throw new Error(`${work.file} has changed`);
}

function digestOf(records: readonly string[]): string {
  return createHash('sha256').update(records.join('\n')).digest('hex');
}
