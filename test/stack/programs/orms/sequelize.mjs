import { DataTypes, Sequelize } from 'sequelize';

const sequelize = new Sequelize(process.env.DATABASE_URL, { logging: false });
const Pet = sequelize.define(
  'pet',
  { id: { type: DataTypes.INTEGER, primaryKey: true }, name: DataTypes.TEXT },
  { tableName: 'pets', timestamps: false },
);

await sequelize.query('CREATE TABLE pets (id int PRIMARY KEY, name text)');
for (const id of [1, 2, 3]) await Pet.create({ id, name: `pet ${id}` });
await Pet.findByPk(1);
await Pet.findAll({ where: { name: 'pet 2' } });
await Pet.update({ name: 'Rex' }, { where: { id: 1 } });
await Pet.destroy({ where: { id: 2 } });
await Pet.create({ id: 3 }).catch(() => {});
await sequelize.transaction(async (transaction) => {
  await Pet.create({ id: 4 }, { transaction });
  await Pet.findByPk(4, { transaction });
});
await sequelize
  .transaction(async (transaction) => {
    await Pet.create({ id: 5 }, { transaction });
    throw new Error('undone');
  })
  .catch(() => {});
await sequelize.close();
console.log('all done');
setInterval(() => {}, 60_000);
