import { BoundedValues } from '../../../base/bounded-values.ts';

/** What an operation does and on what, as far as a metric tells it. There is one object for each. */
export interface OperationKind {
  /** `db.operation.name` */
  readonly operation: string;
  /** `db.collection.name`; undefined where it is not known, and where it is several. */
  readonly collection: string | undefined;
}

const operations = new BoundedValues('db.operation.name', /^[\w$][\w$.:-]{0,63}( [A-Za-z]{1,32}){0,2}$/);
const collections = new BoundedValues('db.collection.name', /^[^\s'"(),;=]{1,128}$/);
const kinds = new Map<string, Map<string | undefined, OperationKind>>();

/**
 * The kind of that operation on that collection. What does not look like a name, and all names after the first
 * 200, are of the kind `_OTHER`, with a warning once.
 */
export function operationKind(operation: string, collection?: string): OperationKind {
  return kinds.get(operation)?.get(collection) ?? admit(operation, collection);
}

function admit(operation: string, collection: string | undefined): OperationKind {
  const kind = {
    operation: operations.admit(operation),
    collection: collection === undefined ? undefined : collections.admit(collection),
  };
  const known = kinds.get(kind.operation)?.get(kind.collection);
  if (known !== undefined) return known;
  let byCollection = kinds.get(kind.operation);
  if (byCollection === undefined) {
    byCollection = new Map();
    kinds.set(kind.operation, byCollection);
  }
  byCollection.set(kind.collection, kind);
  return kind;
}
