import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { collector } from './collector.ts';
import { database } from './database.ts';
import { languageModels } from './language-models.ts';
import { nodeRuntime } from './node-runtime.ts';
import { pitotItself } from './pitot-itself.ts';
import { serviceOverview } from './service-overview.ts';
import { websocketAndSessions } from './websocket-and-sessions.ts';
import { workflowsAndQueues } from './workflows-and-queues.ts';

/** All dashboards. Each file is named by its dashboard's uid. */
export const DASHBOARDS: readonly Dashboard[] = [
  serviceOverview(),
  nodeRuntime(),
  websocketAndSessions(),
  database(),
  workflowsAndQueues(),
  languageModels(),
  pitotItself(),
  collector(),
];
