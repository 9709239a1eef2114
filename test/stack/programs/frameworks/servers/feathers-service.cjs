/** A service of Feathers whose entry `bad` cannot be read. */
exports.service = {
  find: async () => [],
  create: async (data) => data,
  async get(id) {
    if (id === 'bad') throw new Error('failing');
    return { id };
  },
};
