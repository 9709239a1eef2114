import { index, prefix, route } from '@react-router/dev/routes';
export default [
  index('routes/home.jsx'),
  route('users/:id', 'routes/user.jsx'),
  ...prefix('areas/:area', [route('things/:thing', 'routes/thing.jsx')]),
  route('data/:key', 'routes/resource.js'),
];
