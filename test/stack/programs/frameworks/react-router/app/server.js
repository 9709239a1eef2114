import { createRequestHandler } from '@react-router/express';
import { RouterContextProvider } from 'react-router';
import { incoming } from './context.js';
export const handler = createRequestHandler({
  build: () => import('virtual:react-router/server-build'),
  mode: 'production',
  getLoadContext(request) {
    const context = new RouterContextProvider();
    context.set(incoming, request);
    return context;
  },
});
