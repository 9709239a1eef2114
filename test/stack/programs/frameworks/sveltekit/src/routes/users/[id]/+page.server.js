import { error } from '@sveltejs/kit';
export function load({ params }) {
  if (params.id === 'bad') throw new Error('x');
  if (params.id === 'none') error(404);
}
