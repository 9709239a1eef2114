export const dynamic = 'force-dynamic';

export default async function Page({ params }) {
  const { slug } = await params;
  if (slug === 'bad') throw new Error('failing');
  return <p>{slug}</p>;
}
