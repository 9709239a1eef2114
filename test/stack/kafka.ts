import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Missing, run, seconds } from './go-programs.ts';

const POM = join(import.meta.dirname, 'kafka/pom.xml');
const MANIFEST = readFileSync(POM, 'utf8');
const KEY = createHash('sha256').update(MANIFEST).digest('hex').slice(0, 12);

/** Kafka's jars of Maven Central, and a program that runs a class of theirs: `kafka kafka.Kafka server.properties`. */
export const KAFKA = { folder: join(import.meta.dirname, '../../.cache/kafka', KEY) };

const PROGRAM = `#!/bin/sh
exec java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$(dirname "$0")/jars/*" "$@"
`;

export function installKafka(): string {
  const start = Date.now();
  const program = join(KAFKA.folder, 'kafka');
  if (existsSync(program)) return `Kafka: found in ${KAFKA.folder}`;
  if (run('mvn', ['--version'], { stdio: 'ignore' }) !== 0) {
    throw new Missing(
      'Kafka: Maven is not on the PATH. Install it (apt-get install maven) and run this again',
    );
  }
  const jars = join(KAFKA.folder, 'jars');
  rmSync(jars, { recursive: true, force: true });
  const options = ['--batch-mode', '--quiet', `-DoutputDirectory=${jars}`, '-DincludeScope=runtime'];
  if (run('mvn', ['--file', POM, ...options, 'dependency:copy-dependencies']) !== 0) {
    throw new Missing(`Kafka: Maven could not get what ${POM} names, see above`);
  }
  writeFileSync(program, PROGRAM, { mode: 0o755 });
  return `Kafka: installed in ${seconds(start)} s into ${KAFKA.folder}`;
}
