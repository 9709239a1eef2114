import { collections, operations } from '../../instruments/database-names.ts';

/** An operation's name and collection, as the metrics report them. Equal kinds are one object. */
export interface OperationKind {
  /** `db.operation.name` */
  readonly operation: string;
  /** `db.collection.name`; undefined if it is unknown, or if the operation uses several. */
  readonly collection: string | undefined;
}

const kinds = new Map<string, Map<string | undefined, OperationKind>>();

/**
 * The kind of that operation on that collection. A value that does not look like a name, and each new name after
 * the first 200, becomes `_OTHER`, with one warning.
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
