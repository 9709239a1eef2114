import { getMeter } from 'pitot';

const reads = getMeter('shop').createCounter('shop.reads');

export async function GET() {
  reads.add(1);
  return Response.json({});
}
