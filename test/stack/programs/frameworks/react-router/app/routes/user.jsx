export function loader({ params }) {
  if (params.id === 'bad') throw new Error('x');
  if (params.id === 'none') throw new Response(null, { status: 404 });
  return {};
}
export default function User() {
  return <p>user</p>;
}
