import { defineMetrics } from 'pitot';

/** The relay's own metrics, besides those of pitot and its instruments. */
export const relay = defineMetrics('relay', {
  'message.received': {
    kind: 'counter',
    unit: '{message}',
    description: 'Messages from clients, by type.',
    attributes: { type: ['open', 'run', 'close', 'ping', 'invalid'] },
  },
  'message.sent': {
    kind: 'counter',
    unit: '{message}',
    description: 'Messages to clients, by type.',
    attributes: { type: ['opened', 'result', 'closed', 'pong', 'error'] },
  },
  'message.pending': {
    kind: 'upDownCounter',
    unit: '{message}',
    description: 'Messages from clients that wait for their answer.',
  },
});
