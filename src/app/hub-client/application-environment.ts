type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment as the application will have it. PM2 in cluster mode starts its processes with one
 * variable, `pm2_env`, that holds the others as JSON, and sets those only when the preloads have run.
 */
export function applicationEnvironment(env: Environment): Environment {
  const { pm2_env: packed } = env;
  if (packed === undefined) return env;
  try {
    const unpacked: unknown = JSON.parse(packed);
    if (typeof unpacked !== 'object' || unpacked === null) return env;
    const variables = Object.entries(unpacked).filter(([, value]) => typeof value === 'string');
    return { ...env, ...Object.fromEntries(variables) };
  } catch {
    return env;
  }
}
