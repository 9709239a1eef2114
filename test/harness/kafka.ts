import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DatabaseServer, startDatabaseServer } from './database-server.ts';
import { freePort } from './free-port.ts';
import type { Lifetime } from './lifetime.ts';
import { program } from './programs.ts';

/** Starts a Kafka of its own: one node that is broker and controller. A topic that is not there is made. */
export async function startKafka(lifetime: Lifetime): Promise<DatabaseServer> {
  const controller = await freePort();
  return startDatabaseServer(lifetime, {
    name: 'kafka',
    prepare: (folder, run, port) => {
      writeFileSync(join(folder, 'server.properties'), propertiesOf(folder, port, controller));
      const options = ['-t', '4L6g3nShT-eMCtK--X86sw', '-c', 'server.properties'];
      run(program('kafka'), ['kafka.tools.StorageTool', 'format', ...options]);
    },
    command: program('kafka'),
    args: () => ['kafka.Kafka', 'server.properties'],
    ready: /Kafka Server started/,
    patience: 60_000,
  });
}

function propertiesOf(folder: string, port: number, controller: number): string {
  const topics = ['offsets.topic', 'transaction.state.log'];
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    'controller.listener.names=CONTROLLER',
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
    `log.dirs=${join(folder, 'data')}`,
    'group.initial.rebalance.delay.ms=0',
    'transaction.state.log.min.isr=1',
    ...topics.flatMap((topic) => [`${topic}.replication.factor=1`, `${topic}.num.partitions=1`]),
  ].join('\n');
}
