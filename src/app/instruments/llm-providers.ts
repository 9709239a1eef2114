/** `gen_ai.provider.name` by the host of the API; those that end in it are the same provider. */
const HOSTS: readonly [host: string, provider: string][] = [
  ['api.openai.com', 'openai'],
  ['openai.azure.com', 'azure.ai.openai'],
  ['api.anthropic.com', 'anthropic'],
  ['api.mistral.ai', 'mistral_ai'],
  ['api.groq.com', 'groq'],
  ['api.deepseek.com', 'deepseek'],
  ['api.perplexity.ai', 'perplexity'],
  ['api.x.ai', 'x_ai'],
  ['api.moonshot.ai', 'moonshot_ai'],
  ['api.cohere.com', 'cohere'],
  ['generativelanguage.googleapis.com', 'gcp.gemini'],
];

/** Undefined for an unknown host, such as a proxy or a server of one's own. */
export function providerAt(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  return HOSTS.find(([host]) => hostname === host || hostname.endsWith(`.${host}`))?.[1];
}
