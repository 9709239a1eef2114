import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EventReader } from '../../../src/app/instruments/llm-events.ts';
import { providerAt } from '../../../src/app/instruments/llm-providers.ts';

for (const [url, provider] of [
  ['https://api.openai.com/v1', 'openai'],
  ['https://shop.openai.azure.com/openai/v1', 'azure.ai.openai'],
  ['https://api.anthropic.com/v1/messages', 'anthropic'],
  ['http://localhost:11434/v1', undefined],
  ['https://notapi.openai.com.example.org/v1', undefined],
  ['no url', undefined],
] as const) {
  test(`the provider at ${url} is ${provider ?? 'not known'}`, () => assert.equal(providerAt(url), provider));
}

test('events are read whatever their bytes are cut into', () => {
  const data = fc.array(fc.oneof(fc.jsonValue(), fc.constant('añ€😀\n\r')), { maxLength: 5 });
  const endings = fc.constantFrom('\n', '\r\n', '\r');
  fc.assert(
    fc.property(data, endings, fc.array(fc.nat(40), { maxLength: 20 }), (values, ending, cuts) => {
      const text = values
        .map(
          (value) =>
            `event: some${ending}data: ${JSON.stringify(value)}${ending}: a comment${ending}${ending}`,
        )
        .join('');
      let bytes: Uint8Array = new TextEncoder().encode(`${text}data: [DONE]${ending}${ending}`);
      const read: unknown[] = [];
      const reader = new EventReader((value) => read.push(value));
      for (const cut of cuts) {
        reader.push(bytes.subarray(0, cut));
        bytes = bytes.subarray(cut);
      }
      reader.push(bytes);
      assert.equal(JSON.stringify(read), JSON.stringify(values));
    }),
  );
});
