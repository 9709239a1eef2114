import { BoundedValues } from '../../base/bounded-values.ts';

/*
 * The values of attributes that `database.operation` and the automatic sources record into the same metrics. Both
 * count towards the same limits.
 */

/** Up to three words, as `BATCH CREATE TABLE`; those after the first are letters only. */
export const operations = new BoundedValues(
  'db.operation.name',
  /^[\w$][\w$.:-]{0,63}( [A-Za-z]{1,32}){0,2}$/,
);
export const collections = new BoundedValues('db.collection.name', /^[^\s'"(),;=]{1,128}$/);
export const namespaces = new BoundedValues('db.namespace', /^[^\s'"(),;=]{1,128}$/);
export const statusCodes = new BoundedValues('db.response.status_code', /^[\w-]{1,64}$/);
