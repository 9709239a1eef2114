import { defineMetrics, type Observation, observe } from 'pitot';
import type { Store } from './store.ts';

/** Numbers that only the database knows. All processes ask it, so the largest answer is the right one. */
export const business = defineMetrics('admin', {
  account: {
    kind: 'observableGauge',
    unit: '{account}',
    description: 'Accounts, by status.',
    attributes: { status: ['active', 'blocked'] },
    merge: 'max',
  },
  scheme: { kind: 'observableGauge', unit: '{scheme}', description: 'Schemes.', merge: 'max' },
  script: { kind: 'observableGauge', unit: '{script}', description: 'Uploaded scripts.', merge: 'max' },
  task: {
    kind: 'observableGauge',
    unit: '{task}',
    description: 'Tasks, by status.',
    attributes: { status: ['waiting', 'done', 'failed'] },
    merge: 'max',
  },
  'upload.size': {
    kind: 'histogram',
    unit: 'By',
    description: 'Sizes of uploads.',
    boundaries: [1e3, 1e4, 1e5, 1e6],
  },
});

/** Asks the database in the background. Without an answer the last numbers stay, and `pitot.source.age` grows. */
export function observeBusiness(store: Store, every: number): Observation[] {
  const byStatus =
    <Status extends string>(table: 'accounts' | 'tasks') =>
    async () => {
      const rows = await store.query(
        `SELECT status, CAST(count(*) AS INTEGER) AS number FROM ${table} GROUP BY status`,
      );
      return rows.map(({ status, number }) => ({
        value: Number(number),
        attributes: { status: String(status) as Status },
      }));
    };
  const all = (table: 'schemes' | 'scripts') => async () => {
    const [row] = await store.query(`SELECT CAST(count(*) AS INTEGER) AS number FROM ${table}`);
    return Number(row?.number);
  };
  return [
    observe(business.account, byStatus<'active' | 'blocked'>('accounts'), { every, name: 'accounts' }),
    observe(business.task, byStatus<'waiting' | 'done' | 'failed'>('tasks'), { every, name: 'tasks' }),
    observe(business.scheme, all('schemes'), { every, name: 'schemes' }),
    observe(business.script, all('scripts'), { every, name: 'scripts' }),
  ];
}
