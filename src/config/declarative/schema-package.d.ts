/** The validator that `@opentelemetry/configuration` has compiled from the schema. It stops at the first error. */
declare module '*/configuration/dist/generated/validator.mjs' {
  const validator: {
    (value: unknown): boolean;
    readonly errors:
      | readonly {
          readonly instancePath: string;
          readonly keyword: string;
          readonly params: { readonly additionalProperty?: string };
          readonly message?: string;
        }[]
      | null;
  };
  export default validator;
}

declare module '*/configuration/dist/utils.mjs' {
  import type { Document } from 'yaml';

  /** Replaces `${VARIABLE}` in the document, which it changes. Throws on a reference that is malformed. */
  export function substituteEnvVars(document: Document): void;
}
