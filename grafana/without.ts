import type { Builder } from '@grafana/grafana-foundation-sdk/cog';

/** The builder's object without defaults that the SDK gives it. */
export function without<Made extends object>(
  builder: Builder<Made>,
  ...names: readonly (keyof Made)[]
): Builder<Made> {
  const made = builder.build();
  for (const name of names) delete made[name];
  return { build: () => made };
}
