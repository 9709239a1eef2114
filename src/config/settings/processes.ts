import { gaugeRules } from '../parsers/gauge-rules.ts';
import { choice, text } from '../parsers/parser.ts';
import { setting } from '../parsers/setting.ts';

/** How the processes of one service work together. */
export const PROCESSES = {
  processes: setting({
    group: 'Several processes',
    variables: ['PITOT_PROCESSES'],
    parser: choice(['merge', 'separate', 'off']),
    default: 'merge',
    meaning:
      "How the processes of one service share an endpoint. `merge`: one process serves the merged numbers of all (not with port 0). `separate`: each process has its own port, counted up from the endpoint's. `off`: processes ignore each other, and the first one has the endpoint.",
  }),
  gaugeMerge: setting({
    group: 'Several processes',
    variables: ['PITOT_GAUGE_MERGE'],
    parser: gaugeRules(),
    default: {},
    defaultText: 'none',
    meaning:
      "How a gauge's values from several processes become one series, by the instrument's name: `sum`, `max`, `min`, `mean` or `last`. A gauge without a rule keeps one series for each process.",
  }),
  forwardFrom: setting({
    group: 'Several processes',
    variables: ['PITOT_FORWARD_FROM'],
    parser: choice(['each', 'leader']),
    default: 'each',
    meaning:
      'Which process forwards. `each`: every process forwards its own numbers, with its own `service.instance.id`. `leader`: the process that serves the endpoint forwards the merged numbers of all (cumulative temporality only).',
  }),
  targetsDirectory: setting({
    group: 'Several processes',
    variables: ['PITOT_TARGETS_DIRECTORY'],
    parser: text('path of a directory'),
    default: undefined,
    meaning:
      "With `separate`: every process writes its target into a file in this directory, for Prometheus' `file_sd_configs`.",
  }),
} as const;
