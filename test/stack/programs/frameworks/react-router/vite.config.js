import { reactRouter } from '@react-router/dev/vite';
export default {
  plugins: [reactRouter()],
  logLevel: 'error',
  environments: { ssr: { build: { rollupOptions: { input: './app/server.js' } } } },
};
