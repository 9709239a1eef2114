import { readConfig } from '../../config/config.ts';
import type { Contract } from '../../contract/contract.ts';
import { createNaming, type Naming } from '../../naming/naming.ts';
import { compare, DIFFERENCES, type Difference, namingOf } from '../../reference/compare.ts';
import { parseExposition } from '../../reference/exposition.ts';
import { faultsOf } from '../../reference/faults.ts';
import { contractsAsMarkdown } from '../../reference/markdown.ts';
import { OWN_CONTRACTS } from '../../reference/own.ts';
import { command, UsageError } from '../command/command.ts';
import { ENDPOINT_OPTIONS, endpointAt } from '../command/endpoint.ts';
import { scrape } from '../command/scrape.ts';
import { loadContracts } from './load-contracts.ts';

export const contract = command({
  usage: '[modules] [options]',
  details: `Modules are files that export what defineMetrics() or describeMetrics() returns. They are imported;
TypeScript as far as Node.js understands it.

Without --check, the reference of their metrics is written to standard output as Markdown; without modules,
that of the metrics that pitot itself records. Names are those of PITOT_TRANSLATION_STRATEGY. Contracts with a
fault, such as two metrics that are one in Prometheus, are refused.

With --check, the endpoint is read once, its translation strategy is found by its names, and each difference
is a line: metrics of the modules that are
missing, metrics that are in no contract (pitot's own are in one), another type or unit, attributes and
values that are not declared, required attributes that are not there. A metric without any series is not
served and counts as missing. The exit code is 0 if nothing differs, else 1.

  pitot contract src/metrics.ts > docs/metrics.md
  pitot contract src/metrics.ts --check http://localhost:9464/metrics --allow missing`,
  options: {
    check: { type: 'string', value: 'URL', description: 'Compare the endpoint at this URL.' },
    allow: {
      type: 'string',
      multiple: true,
      value: 'KIND',
      description: `Leave out differences of this kind: ${DIFFERENCES.join(', ')}. Can be repeated.`,
    },
    ...ENDPOINT_OPTIONS,
    json: { type: 'boolean', description: 'Print JSON instead: the contracts, or the differences.' },
  },
  takesArguments: true,
  async run({ values: { check, allow = [], json = false, ...values }, args }) {
    const wrong = allow.find((kind) => !DIFFERENCES.some((known) => known === kind));
    if (wrong !== undefined) throw new UsageError(`--allow takes ${DIFFERENCES.join(', ')}, not '${wrong}'`);
    const given = await loadContracts(args);
    const contracts = [...given, ...OWN_CONTRACTS];
    const strategy = readConfig({}, process.env).config.translationStrategy;
    if (check === undefined) {
      refuseFaults(contracts, createNaming(strategy, 'underscores'));
      const shown = given.length === 0 ? OWN_CONTRACTS : given;
      return write(shown, json, createNaming(strategy, 'allow-utf-8'));
    }
    const usage = '--check takes the URL of an endpoint, such as http://localhost:9464/metrics';
    const families = parseExposition(await scrape(endpointAt(check, values, usage)));
    const naming = namingOf(families, contracts);
    refuseFaults(contracts, naming);
    const differences = compare(families, { expected: given, possible: OWN_CONTRACTS, naming });
    return report(
      differences.filter(({ difference }) => !allow.includes(difference)),
      json,
    );
  },
});

function refuseFaults(contracts: readonly Contract[], naming: Naming): void {
  const faults = faultsOf(contracts, naming);
  if (faults.length > 0) throw new Error(`the contracts have faults:\n${faults.join('\n')}`);
}

function write(contracts: readonly Contract[], json: boolean, naming: Naming): number {
  const markdown = () => contractsAsMarkdown(contracts, naming);
  process.stdout.write(json ? `${JSON.stringify(contracts, null, 2)}\n` : markdown());
  return 0;
}

function report(differences: readonly Difference[], json: boolean): number {
  if (json) {
    process.stdout.write(`${JSON.stringify({ ok: differences.length === 0, differences }, null, 2)}\n`);
  } else if (differences.length === 0) {
    process.stdout.write('The endpoint is as its contract has it.\n');
  } else {
    process.stdout.write(differences.map(({ difference, text }) => `${difference}: ${text}\n`).join(''));
  }
  return differences.length === 0 ? 0 : 1;
}
