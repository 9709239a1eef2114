import knex from 'knex';

const { DATABASE_URL } = process.env;
const client = new URL(DATABASE_URL).protocol === 'mysql:' ? 'mysql2' : 'pg';
const db = knex({ client, connection: DATABASE_URL });
const pets = () => db('pets');

await db.schema.createTable('pets', (table) => {
  table.integer('id').primary();
  table.text('name');
});
for (const id of [1, 2, 3]) await pets().insert({ id, name: `pet ${id}` });
await pets().where({ id: 1 }).first();
await pets().where('id', '>', 1);
await pets().where({ id: 1 }).update({ name: 'Rex' });
await pets().where({ id: 2 }).delete();
await pets()
  .insert({ id: 3 })
  .catch(() => {});
await db.transaction(async (transaction) => {
  await transaction('pets').insert({ id: 4 });
  await transaction('pets').where({ id: 4 }).first();
});
await db
  .transaction(async (transaction) => {
    await transaction('pets').insert({ id: 5 });
    throw new Error('undone');
  })
  .catch(() => {});
await db.destroy();
console.log('all done');
setInterval(() => {}, 60_000);
