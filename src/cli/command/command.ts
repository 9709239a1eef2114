import { type ParseArgsConfig, parseArgs } from 'node:util';

/** An option of a command, for `node:util` and for its help. */
interface Option {
  readonly type: 'boolean' | 'string';
  readonly short?: string;
  readonly multiple?: true;
  /** The placeholder of the value in the help, for an option with a value. */
  readonly value?: string;
  readonly description: string;
}

type Options = Readonly<Record<string, Option>>;

type Values<O extends Options> = ReturnType<
  typeof parseArgs<{ options: { -readonly [Name in keyof O]: O[Name] }; strict: true }>
>['values'];

interface Described {
  /** The text after the name in the usage line. */
  readonly usage: string;
  /** Lines for the command's own help. */
  readonly details: string;
}

export interface Command extends Described {
  readonly options: Options;
  /** The arguments belong to another program; `--help` asks for the help only as the first of them. */
  readonly passesOn?: true;
  /** Runs the command and returns the exit code. Throws a {@link UsageError} for invalid arguments. */
  run(args: readonly string[]): Promise<number>;
}

/** An error for invalid arguments. The text names the argument and the reason. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A command with options of its own. Any other option is an error, and so is a superfluous argument. */
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
    // Drops the advice about `--` after the first sentence, because it does not help with a mistyped option.
    throw new UsageError(error.message.split(/\. |\n/, 1)[0]);
  }
}
