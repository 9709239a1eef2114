import { CONFIGURATION } from './configuration.ts';
import { EXPORTERS } from './exporters.ts';
import { METRICS } from './metrics.ts';
import type { Section } from './row.ts';

/** The state of the specification's main branch, after version 1.60.0. */
export const SPECIFICATION_DATE = '2026-08-19';

/** The rows about metrics of spec-compliance-matrix.md in the specification's repository. */
export const SPECIFICATION: readonly Section[] = [...METRICS, ...CONFIGURATION, ...EXPORTERS];
