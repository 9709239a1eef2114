import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { reasonOf } from '../../base/reason.ts';
import { type Contract, contractOf } from '../../contract/contract.ts';

/**
 * The contracts that modules export under any name, each once. Importing a module runs it.
 * Throws an error that names the file if it cannot be imported or exports no contract.
 */
export async function loadContracts(files: readonly string[]): Promise<Contract[]> {
  const contracts = new Set<Contract>();
  for (const file of files) {
    const found = Object.values(await load(file))
      .map(contractOf)
      .filter((contract) => contract !== undefined);
    if (found.length === 0) {
      throw new Error(
        `${file} exports no contract: export what defineMetrics() or describeMetrics() returns`,
      );
    }
    for (const contract of found) contracts.add(contract);
  }
  return [...contracts];
}

async function load(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(pathToFileURL(resolve(file)).href);
  } catch (error) {
    throw new Error(`${file} cannot be imported: ${reasonOf(error)}`);
  }
}
