/** The jobs that each dashboard's picture shows, as a regular expression, by the dashboard's uid. */
export const PICTURED_JOBS: Readonly<Record<string, string>> = {
  'pitot-service-overview': 'workflow-service',
  'pitot-node-runtime': 'workflow-service',
  'pitot-websocket-sessions': 'workflow-service',
  'pitot-database': 'admin|every-domain',
  'pitot-workflows-queues': 'workflow-service|every-domain',
  'pitot-language-models': 'llm-gateway',
  'pitot-itself': 'workflow-service|llm-gateway|admin',
  'pitot-otel-collector': 'otel-collector',
};
