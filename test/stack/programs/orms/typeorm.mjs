import { DataSource, EntitySchema, MoreThan } from 'typeorm';

const Pet = new EntitySchema({
  name: 'pet',
  tableName: 'pets',
  columns: { id: { type: 'int', primary: true }, name: { type: 'text', nullable: true } },
});
const { DATABASE_URL } = process.env;
const type = new URL(DATABASE_URL).protocol.slice(0, -1);
const source = new DataSource({ type, url: DATABASE_URL, entities: [Pet] });
await source.initialize();
const pets = source.getRepository(Pet);

await source.query('CREATE TABLE pets (id int PRIMARY KEY, name text)');
for (const id of [1, 2, 3]) await pets.insert({ id, name: `pet ${id}` });
await pets.findOneBy({ id: 1 });
await pets.findBy({ id: MoreThan(1) });
await pets.update({ id: 1 }, { name: 'Rex' });
await pets.delete({ id: 2 });
await pets.insert({ id: 3 }).catch(() => {});
await source.transaction(async (manager) => {
  await manager.insert(Pet, { id: 4 });
  await manager.findOneBy(Pet, { id: 4 });
});
await source
  .transaction(async (manager) => {
    await manager.insert(Pet, { id: 5 });
    throw new Error('undone');
  })
  .catch(() => {});
await source.destroy();
console.log('all done');
setInterval(() => {}, 60_000);
