export default defineEventHandler((event) => {
  const { id } = getRouterParams(event);
  if (id === 'bad') throw new Error('x');
  if (id === 'none') throw createError({ statusCode: 404 });
  return {};
});
