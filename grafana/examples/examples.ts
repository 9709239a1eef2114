import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { admin } from './admin.ts';
import { llmGateway } from './llm-gateway.ts';
import { modelApi } from './model-api.ts';
import { relay } from './relay.ts';
import { workflowService } from './workflow-service.ts';

/** The dashboards of the example services, by their folders. */
export const EXAMPLES: readonly { readonly name: string; readonly dashboard: Dashboard }[] = [
  { name: 'admin', dashboard: admin() },
  { name: 'llm-gateway', dashboard: llmGateway() },
  { name: 'model-api', dashboard: modelApi() },
  { name: 'relay', dashboard: relay() },
  { name: 'workflow-service', dashboard: workflowService() },
];
