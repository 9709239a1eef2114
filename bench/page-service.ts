/** The service that page.ts asks: a few routes of Express, on a port of its own. */
import express from 'express';

const app = express();
for (const path of ['/', '/orders/:id', '/customers/:id/orders']) {
  app.get(path, (_, response) => {
    response.json({ path });
  });
}
const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null)
    console.log(`http://127.0.0.1:${address.port}/orders/7`);
});
