import { defineHandler, HTTPError } from 'nitro/h3';
export default defineHandler((event) => {
  const { id } = event.context.params;
  if (id === 'bad') throw new Error('x');
  if (id === 'none') throw new HTTPError({ status: 404 });
  return 'ok';
});
