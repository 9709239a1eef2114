import type { AttributeDeclaration, AttributeDeclarations } from './declaration.ts';

interface TypeOf {
  readonly string: string;
  readonly number: number;
  readonly boolean: boolean;
}

/** The values that a declared attribute takes; editors suggest the `known` ones of an open attribute. */
type ValueOf<D extends AttributeDeclaration> = D extends keyof TypeOf
  ? TypeOf[D]
  : D extends readonly (infer Value)[] | { readonly values: readonly (infer Value)[] }
    ? Value
    : D extends { readonly type: infer Type extends keyof TypeOf; readonly known: readonly (infer Known)[] }
      ? Known | (TypeOf[Type] & Record<never, never>)
      : D extends { readonly type: infer Type extends keyof TypeOf }
        ? TypeOf[Type]
        : never;

type OptionalIn<Declarations> = {
  [Name in keyof Declarations]: Declarations[Name] extends { readonly optional: true } ? Name : never;
}[keyof Declarations];

type Attributes<Declarations extends AttributeDeclarations> = {
  readonly [Name in Exclude<keyof Declarations, OptionalIn<Declarations>>]: ValueOf<Declarations[Name]>;
} & {
  readonly [Name in OptionalIn<Declarations>]?: ValueOf<Declarations[Name]> | undefined;
};

/** The attributes that a declared metric is recorded with; a metric that declares none takes none. */
export type AttributesOf<Declaration> = Declaration extends {
  readonly attributes: infer Declarations extends AttributeDeclarations;
}
  ? { [Name in keyof Attributes<Declarations>]: Attributes<Declarations>[Name] }
  : Readonly<Record<string, never>>;
