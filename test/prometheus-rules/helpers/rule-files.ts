import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { REPOSITORY } from '../../harness/service.ts';

export const PROMETHEUS_FOLDER = join(REPOSITORY, 'prometheus');

/** A recording or an alerting rule: exactly one of `record` and `alert` is there. */
export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

/** A unit test file of promtool, as far as it is looked at. */
export interface RuleTests {
  /** Relative to the file. */
  readonly rule_files: readonly string[];
  readonly evaluation_interval: string;
  readonly group_eval_order?: readonly string[];
  readonly tests: readonly {
    readonly interval?: string;
    readonly input_series?: readonly { readonly series: string; readonly values: string }[];
    readonly alert_rule_test?: readonly {
      readonly alertname: string;
      readonly exp_alerts: readonly unknown[];
    }[];
    readonly promql_expr_test?: readonly {
      readonly expr: string;
      readonly eval_time: string;
      readonly exp_samples: readonly unknown[];
    }[];
  }[];
}

/** The rule files by their names, such as `http.yml`. */
export function ruleFiles(): Map<string, RuleFile> {
  return yamlFiles<RuleFile>('rules');
}

/** The unit tests by their names, which are those of the rule files. */
export function ruleTests(): Map<string, RuleTests> {
  return yamlFiles<RuleTests>('tests');
}

export function allRules(): Rule[] {
  return [...ruleFiles().values()].flatMap(({ groups }) => groups.flatMap(({ rules }) => rules));
}

function yamlFiles<T>(folder: string): Map<string, T> {
  const path = join(PROMETHEUS_FOLDER, folder);
  return new Map(readdirSync(path).map((name) => [name, parse(readFileSync(join(path, name), 'utf8')) as T]));
}
