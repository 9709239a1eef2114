import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from './client/client.ts';

const adapter = new PrismaPg({ connectionString: process.env.DATABASE_URL });
const prisma = new PrismaClient({ adapter });

await prisma.$executeRaw`CREATE TABLE pets (id int PRIMARY KEY, name text)`;
for (const id of [1, 2, 3]) await prisma.pet.create({ data: { id, name: `pet ${id}` } });
await prisma.pet.findUnique({ where: { id: 1 } });
await prisma.pet.findMany({ where: { id: { gt: 1 } } });
await prisma.pet.update({ where: { id: 1 }, data: { name: 'Rex' } });
await prisma.pet.delete({ where: { id: 2 } });
await prisma.pet.create({ data: { id: 3 } }).catch(() => {});
await prisma.$transaction(async (transaction) => {
  await transaction.pet.create({ data: { id: 4 } });
  await transaction.pet.findUnique({ where: { id: 4 } });
});
await prisma
  .$transaction(async (transaction) => {
    await transaction.pet.create({ data: { id: 5 } });
    throw new Error('undone');
  })
  .catch(() => {});
await prisma.$disconnect();
console.log('all done');
setInterval(() => {}, 60_000);
