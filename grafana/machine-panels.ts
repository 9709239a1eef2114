import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { metric } from './metric.ts';
import { level, rate } from './query.ts';
import { timeSeries } from './time-series.ts';

/** The machine, seen from a process on it. */
export function machinePanels(): Builder<Panel>[] {
  return [
    timeSeries({
      title: 'CPU of the machine',
      description: "Share of the machine's CPU time in each mode. `steal` is time that other machines took.",
      unit: 'percentunit',
      queries: [level(metric('system.cpu.utilization'), { by: ['instance', 'cpu.mode'], join: 'max' })],
      span: 8,
    }),
    timeSeries({
      title: 'Memory of the machine',
      description: 'By state. Caches count as neither used nor free.',
      unit: 'percentunit',
      queries: [
        level(metric('system.memory.utilization'), { by: ['instance', 'system.memory.state'], join: 'max' }),
      ],
      span: 8,
      max: 1,
    }),
    timeSeries({
      title: 'File system of the working directory',
      description: 'Used share of the file system.',
      unit: 'percentunit',
      queries: [
        level(metric('system.filesystem.utilization'), {
          by: ['instance'],
          where: { 'system.filesystem.state': 'used' },
          join: 'max',
        }),
      ],
      span: 8,
      max: 1,
      limits: { warning: 0.8, critical: 0.9 },
    }),
    timeSeries({
      title: 'Network',
      description: 'Received and sent bytes, by interface.',
      unit: 'binBps',
      queries: [
        rate(metric('system.network.io'), {
          by: ['instance', 'network.interface.name', 'network.io.direction'],
        }),
      ],
      span: 12,
    }),
    timeSeries({
      title: 'Disks',
      description: 'Read and written bytes, by disk.',
      unit: 'binBps',
      queries: [
        rate(metric('system.disk.io'), { by: ['instance', 'system.device.name', 'disk.io.direction'] }),
      ],
      span: 12,
    }),
  ];
}
