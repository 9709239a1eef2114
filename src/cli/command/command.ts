import { type ParseArgsConfig, parseArgs } from 'node:util';

/** An option of a command, as `node:util` reads it and as its help tells it. */
interface Option {
  readonly type: 'boolean' | 'string';
  readonly short?: string;
  readonly multiple?: true;
  /** What stands for the value in the help; for an option that takes one. */
  readonly value?: string;
  readonly description: string;
}

type Options = Readonly<Record<string, Option>>;

type Values<O extends Options> = ReturnType<
  typeof parseArgs<{ options: { -readonly [Name in keyof O]: O[Name] }; strict: true }>
>['values'];

interface Described {
  /** What follows the name in the usage line. */
  readonly usage: string;
  /** Lines for the command's own help. */
  readonly details: string;
}

export interface Command extends Described {
  readonly options: Options;
  /** The arguments are for somebody else; `--help` asks for the help only where it is the first. */
  readonly passesOn?: true;
  /** Does it and gives the exit code. Throws a {@link UsageError} when the arguments cannot be understood. */
  run(args: readonly string[]): Promise<number>;
}

/** The arguments make no sense; the text says which and why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A command with options of its own. Any option that is not among them is an error, and so is a superfluous argument. */
export function command<const O extends Options>(
  description: Described & {
    readonly options: O;
    readonly takesArguments?: true;
    run(input: { readonly values: Values<O>; readonly args: readonly string[] }): Promise<number>;
  },
): Command {
  const { usage, details, options, takesArguments, run } = description;
  return {
    usage,
    details,
    options,
    run: (args) => {
      const { values, positionals } = parse({
        args: [...args],
        options,
        allowPositionals: takesArguments === true,
      });
      return run({ values: values as Values<O>, args: positionals });
    },
  };
}

function parse(config: ParseArgsConfig) {
  try {
    return parseArgs(config);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // The advice about `--` that follows the first sentence helps nobody who mistyped an option.
    throw new UsageError(error.message.split(/\. |\n/, 1)[0]);
  }
}
