import mongoose from 'mongoose';

const Pet = mongoose.model('pet', new mongoose.Schema({ _id: Number, name: String }));

await mongoose.connect(process.env.DATABASE_URL, { autoIndex: false, autoCreate: false });
for (const _id of [1, 2, 3]) await Pet.create({ _id, name: `pet ${_id}` });
await Pet.findById(1);
await Pet.find({ name: 'pet 2' });
await Pet.updateOne({ _id: 1 }, { name: 'Rex' });
await Pet.deleteOne({ _id: 2 });
await Pet.create({ _id: 3 }).catch(() => {});
await mongoose.connection.transaction(async (session) => {
  await Pet.create([{ _id: 4 }], { session });
  await Pet.findById(4).session(session);
});
await mongoose.connection
  .transaction(async (session) => {
    await Pet.create([{ _id: 5 }], { session });
    throw new Error('undone');
  })
  .catch(() => {});
await mongoose.disconnect();
console.log('all done');
setInterval(() => {}, 60_000);
