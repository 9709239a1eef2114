import { safely } from '../../../base/safely.ts';
import { isObject, type Method, type Undo } from '../../patching/replace-method.ts';
import type { OperationKind } from './operation-kind.ts';
import { hookStatements, kindOfText, measuredExecution, measuredPreparation, sqliteKind } from './sqlite.ts';

/** Replacements of the methods of databases, as `replaceMethod` takes them. */
export interface NodeSqliteMethods {
  readonly exec: (original: Method) => Method;
  readonly prepare: (original: Method) => Method;
  readonly createTagStore: (original: Method) => Method;
}

/**
 * Measures all statements.
 *
 * @param statement the prototype of statements
 * @param undo gets what ends that
 * @returns what measures the databases
 */
export function hookNodeSqlite(statement: object, undo: Undo[]): NodeSqliteMethods {
  undo.push(hookStatements(statement, kindOfStatement()));
  return {
    exec: measuredExecution(kindOfText),
    prepare: measuredPreparation,
    createTagStore: hookedTagStores(undo),
  };
}

/** Node.js builds a statement's text again at each read of `sourceSQL`, so pitot reads it once. */
function kindOfStatement(): (statement: object) => OperationKind {
  const kinds = new WeakMap<object, OperationKind>();
  return (statement) => {
    let kind = kinds.get(statement);
    if (kind === undefined) {
      kind = sqliteKind(String(Reflect.get(statement, 'sourceSQL')));
      kinds.set(statement, kind);
    }
    return kind;
  };
}

/** Stores that take a statement as a template. Only the first store reveals their class. */
function hookedTagStores(undo: Undo[]): (original: Method) => Method {
  let areHooked = false;
  return (original) =>
    function createTagStore(this: unknown, ...args) {
      const store = Reflect.apply(original, this, args);
      safely('the tag stores of node:sqlite', () => {
        if (areHooked || !isObject(store)) return;
        areHooked = true;
        undo.push(hookStatements(Object.getPrototypeOf(store), kindOfTemplate));
      });
      return store;
    };
}

function kindOfTemplate(_store: object, [template]: readonly unknown[]): OperationKind | undefined {
  return Array.isArray(template) ? sqliteKind(template.join('?')) : undefined;
}
