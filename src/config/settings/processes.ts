import { gaugeRules } from '../parsers/gauge-rules.ts';
import { choice, text } from '../parsers/parser.ts';
import { setting } from '../parsers/setting.ts';

/** What the processes of one service are to one another. */
export const PROCESSES = {
  processes: setting({
    group: 'Several processes',
    variables: ['PITOT_PROCESSES'],
    parser: choice(['merge', 'separate', 'off']),
    default: 'merge',
    meaning:
      "What the processes of one service do with one endpoint: serve it together, with their numbers merged (`merge`; not with port 0), have a port each, counted from the endpoint's (`separate`), or know nothing of each other (`off`; the first one has the endpoint).",
  }),
  gaugeMerge: setting({
    group: 'Several processes',
    variables: ['PITOT_GAUGE_MERGE'],
    parser: gaugeRules(),
    default: {},
    defaultText: 'none',
    meaning:
      'Rules by which gauges of several processes become one series, by the names of the instruments: `sum`, `max`, `min`, `mean` or `last`. A gauge without a rule has a series for each process.',
  }),
  forwardFrom: setting({
    group: 'Several processes',
    variables: ['PITOT_FORWARD_FROM'],
    parser: choice(['each', 'leader']),
    default: 'each',
    meaning:
      'Which processes forward: each its own numbers, under its own `service.instance.id`, or the one that serves the endpoint those of all, merged (cumulative temporality only).',
  }),
  targetsDirectory: setting({
    group: 'Several processes',
    variables: ['PITOT_TARGETS_DIRECTORY'],
    parser: text('path of a directory'),
    default: undefined,
    meaning:
      "With `separate`: a directory in which every process has a file with its target, for Prometheus' `file_sd_configs`.",
  }),
} as const;
